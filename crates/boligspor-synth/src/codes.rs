//! The municipality codes that synthetic registers use.
//!
//! Codes and names are a code list (the municipalities since 2007). Nothing
//! else about the real places is in this crate: populations, groups, effects
//! and counts are drawn or follow a rule on the code.

/// A municipality's code and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// The three-digit code, such as `461`.
    pub code: u16,
    /// The name in Danish.
    pub name: &'static str,
}

/// Christiansø, which has a code but is no municipality.
pub const CHRISTIANSO: Code = Code {
    code: 411,
    name: "Christiansø",
};

const fn code(code: u16, name: &'static str) -> Code {
    Code { code, name }
}

/// The 98 municipalities, in the order of their codes.
///
/// ```
/// use boligspor_synth::codes::MUNICIPALITIES;
/// assert_eq!(MUNICIPALITIES.len(), 98);
/// ```
pub const MUNICIPALITIES: [Code; 98] = [
    code(101, "København"),
    code(147, "Frederiksberg"),
    code(151, "Ballerup"),
    code(153, "Brøndby"),
    code(155, "Dragør"),
    code(157, "Gentofte"),
    code(159, "Gladsaxe"),
    code(161, "Glostrup"),
    code(163, "Herlev"),
    code(165, "Albertslund"),
    code(167, "Hvidovre"),
    code(169, "Høje-Taastrup"),
    code(173, "Lyngby-Taarbæk"),
    code(175, "Rødovre"),
    code(183, "Ishøj"),
    code(185, "Tårnby"),
    code(187, "Vallensbæk"),
    code(190, "Furesø"),
    code(201, "Allerød"),
    code(210, "Fredensborg"),
    code(217, "Helsingør"),
    code(219, "Hillerød"),
    code(223, "Hørsholm"),
    code(230, "Rudersdal"),
    code(240, "Egedal"),
    code(250, "Frederikssund"),
    code(253, "Greve"),
    code(259, "Køge"),
    code(260, "Halsnæs"),
    code(265, "Roskilde"),
    code(269, "Solrød"),
    code(270, "Gribskov"),
    code(306, "Odsherred"),
    code(316, "Holbæk"),
    code(320, "Faxe"),
    code(326, "Kalundborg"),
    code(329, "Ringsted"),
    code(330, "Slagelse"),
    code(336, "Stevns"),
    code(340, "Sorø"),
    code(350, "Lejre"),
    code(360, "Lolland"),
    code(370, "Næstved"),
    code(376, "Guldborgsund"),
    code(390, "Vordingborg"),
    code(400, "Bornholm"),
    code(410, "Middelfart"),
    code(420, "Assens"),
    code(430, "Faaborg-Midtfyn"),
    code(440, "Kerteminde"),
    code(450, "Nyborg"),
    code(461, "Odense"),
    code(479, "Svendborg"),
    code(480, "Nordfyns"),
    code(482, "Langeland"),
    code(492, "Ærø"),
    code(510, "Haderslev"),
    code(530, "Billund"),
    code(540, "Sønderborg"),
    code(550, "Tønder"),
    code(561, "Esbjerg"),
    code(563, "Fanø"),
    code(573, "Varde"),
    code(575, "Vejen"),
    code(580, "Aabenraa"),
    code(607, "Fredericia"),
    code(615, "Horsens"),
    code(621, "Kolding"),
    code(630, "Vejle"),
    code(657, "Herning"),
    code(661, "Holstebro"),
    code(665, "Lemvig"),
    code(671, "Struer"),
    code(706, "Syddjurs"),
    code(707, "Norddjurs"),
    code(710, "Favrskov"),
    code(727, "Odder"),
    code(730, "Randers"),
    code(740, "Silkeborg"),
    code(741, "Samsø"),
    code(746, "Skanderborg"),
    code(751, "Aarhus"),
    code(756, "Ikast-Brande"),
    code(760, "Ringkøbing-Skjern"),
    code(766, "Hedensted"),
    code(773, "Morsø"),
    code(779, "Skive"),
    code(787, "Thisted"),
    code(791, "Viborg"),
    code(810, "Brønderslev"),
    code(813, "Frederikshavn"),
    code(820, "Vesthimmerlands"),
    code(825, "Læsø"),
    code(840, "Rebild"),
    code(846, "Mariagerfjord"),
    code(849, "Jammerbugt"),
    code(851, "Aalborg"),
    code(860, "Hjørring"),
];

/// The entry of a code, Christiansø included.
///
/// ```
/// assert_eq!(boligspor_synth::codes::find(461).map(|c| c.name), Some("Odense"));
/// assert_eq!(boligspor_synth::codes::find(999), None);
/// ```
pub fn find(code: u16) -> Option<Code> {
    MUNICIPALITIES
        .into_iter()
        .chain([CHRISTIANSO])
        .find(|c| c.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_rise_and_none_is_used_twice() {
        assert!(MUNICIPALITIES.windows(2).all(|w| w[0].code < w[1].code));
        assert!(!MUNICIPALITIES.contains(&CHRISTIANSO));
    }
}
