//! How far a run is, for whoever waits for it.

use crate::error::Result;
use crate::interrupt::Interrupt;
use crate::lang::Lang;

/// A part of a run, in the order they are done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Hashing the input files.
    Hash,
    /// Reading and checking the tables.
    Read,
    /// Resolving stays and drawing the cohort.
    Cohort,
    /// Retention by the definition of this name.
    Retention(String),
    /// The curve of the definition of this name.
    Curve(String),
    /// Days in every state.
    Days,
    /// Returns after an exit or a loss.
    Returns,
    /// Groups side by side.
    Groups,
    /// The cost trajectory.
    Costs,
    /// Costs beside those of people not placed, by the design of this name.
    Effect(String),
    /// Net cost by payer, by the scenario of this name.
    NetCost(String),
    /// Who pays what under several sets of refund rules.
    Refunds,
    /// The municipal comparison.
    Compare,
    /// What the tables about municipalities say.
    Municipal,
    /// The municipalities' own sheets.
    Sheets,
    /// Clearing what is to be released.
    Release,
    /// Drawing charts and writing files.
    Write,
}

impl Stage {
    /// The stage in words.
    pub fn label(&self, lang: Lang) -> String {
        let text = match self {
            Self::Hash => lang.pick("aftryk af tabellerne", "hashing the tables"),
            Self::Read => lang.pick("læser og kontrollerer", "reading and checking"),
            Self::Cohort => lang.pick("tidslinje og kohorte", "timeline and cohort"),
            Self::Retention(name) => {
                return format!("{}: {name}", lang.pick("boligfastholdelse", "retention"));
            }
            Self::Curve(name) => {
                return format!("{}: {name}", lang.pick("kurve", "curve"));
            }
            Self::Days => lang.pick("dage i bolig", "days housed"),
            Self::Returns => lang.pick("tilbagevenden", "returns"),
            Self::Groups => lang.pick("grupper", "groups"),
            Self::Costs => lang.pick("udgifter", "costs"),
            Self::Effect(name) => {
                return format!("{}: {name}", lang.pick("effekt", "effect"));
            }
            Self::NetCost(name) => {
                return format!("{}: {name}", lang.pick("nettoudgift", "net cost"));
            }
            Self::Refunds => lang.pick("refusion", "refunds"),
            Self::Compare => lang.pick("kommuner", "municipalities"),
            Self::Municipal => lang.pick("kommunernes tabeller", "tables about municipalities"),
            Self::Sheets => lang.pick("kommunernes ark", "the municipalities' sheets"),
            Self::Release => lang.pick("diskretionering", "disclosure control"),
            Self::Write => lang.pick("skriver", "writing"),
        };
        text.to_owned()
    }
}

/// What is told when a stage begins, and once more when all are done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The stage that begins; `None` when all are done.
    pub stage: Option<Stage>,
    /// Stages done.
    pub done: usize,
    /// Stages in all.
    pub total: usize,
}

/// Who is told of progress.
type Listener<'a> = Box<dyn FnMut(&Progress) + 'a>;

/// Watches a run: is told of its progress, and may ask it to stop.
///
/// ```
/// use boligspor::study::Watch;
/// let mut quiet = Watch::default();
/// let mut loud = Watch::new(|p| println!("{} of {}", p.done, p.total));
/// loud.interrupt().request(); // from a signal handler, say
/// ```
#[derive(Default)]
pub struct Watch<'a> {
    tell: Option<Listener<'a>>,
    interrupt: Interrupt,
    done: usize,
    total: usize,
}

impl<'a> Watch<'a> {
    /// A watch that is told of each stage.
    pub fn new(tell: impl FnMut(&Progress) + 'a) -> Self {
        Self {
            tell: Some(Box::new(tell)),
            ..Self::default()
        }
    }

    /// Lets `interrupt` stop the run, at the latest between two stages.
    #[must_use]
    pub fn interrupted_by(mut self, interrupt: &Interrupt) -> Self {
        self.interrupt = interrupt.clone();
        self
    }

    /// The flag that stops the run.
    pub fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    pub(super) fn start(&mut self, total: usize) {
        (self.done, self.total) = (0, total);
    }

    /// A stage begins. Stops with [`Error::Interrupted`](crate::Error::Interrupted)
    /// where that is asked for.
    pub(super) fn begin(&mut self, stage: Stage) -> Result<()> {
        self.interrupt.check()?;
        self.say(Some(stage));
        self.done += 1;
        Ok(())
    }

    pub(super) fn finish(&mut self) {
        self.done = self.total;
        self.say(None);
    }

    fn say(&mut self, stage: Option<Stage>) {
        if let Some(tell) = &mut self.tell {
            tell(&Progress {
                stage,
                done: self.done,
                total: self.total,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_counted_and_an_interrupt_stops_before_the_next() {
        let mut told = Vec::new();
        let interrupt = Interrupt::default();
        let mut watch = Watch::new(|p| told.push((p.done, p.total))).interrupted_by(&interrupt);
        watch.start(3);
        watch.begin(Stage::Read).unwrap();
        watch.begin(Stage::Cohort).unwrap();
        interrupt.request();
        assert!(watch.begin(Stage::Write).unwrap_err().is_interrupted());
        drop(watch);
        assert_eq!(told, [(0, 3), (1, 3)]);
    }
}
