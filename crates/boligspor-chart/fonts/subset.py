"""Rebuild the embedded fonts from Inter, as packaged by Debian (`fonts-inter`).

    pip install fonttools brotli
    python subset.py /usr/share/fonts/opentype/inter .

Three changes make a font for charts out of a font for everything: only Latin
letters and the signs a statistical figure uses are kept; the figures are
tabular by default, so that columns of counts line up in every renderer; and
the family is renamed, so that an altered font does not go by Inter's name.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FAMILY = "Boligspor Sans"
CHARACTERS = [
    *range(0x20, 0x7F),  # ASCII
    *range(0xA0, 0x180),  # Latin-1 and Latin Extended-A
    *(0x2009, 0x200A, 0x202F, 0x2010, 0x2011, 0x2012, 0x2013, 0x2014),
    *(0x2018, 0x2019, 0x201A, 0x201C, 0x201D, 0x201E, 0x2020, 0x2021, 0x2022),
    *(0x2026, 0x2030, 0x2032, 0x2033, 0x2039, 0x203A, 0x2044, 0x20AC),
    *(0x2190, 0x2191, 0x2192, 0x2193, 0x2212, 0x2215, 0x221A, 0x221E),
    *(0x2248, 0x2260, 0x2264, 0x2265, 0x2713, 0x25CF, 0x25CB),
    *(0x394, 0x3BC, 0x3C0, 0x3C3, 0x2070, 0x2074, 0x2080, 0x2081, 0x2082),
]


def tabular_figures(font: TTFont) -> None:
    """Point the ten digits at their equally wide glyphs."""
    gsub = font["GSUB"].table
    lookups = {
        index
        for record in gsub.FeatureList.FeatureRecord
        if record.FeatureTag == "tnum"
        for index in record.Feature.LookupListIndex
    }
    tabular: dict[str, str] = {}
    for index in sorted(lookups):
        for table in gsub.LookupList.Lookup[index].SubTable:
            tabular |= getattr(getattr(table, "ExtSubTable", table), "mapping", {})
    for table in font["cmap"].tables:
        if table.isUnicode():
            for digit in range(ord("0"), ord("9") + 1):
                table.cmap[digit] = tabular.get(table.cmap[digit], table.cmap[digit])


def rename(font: TTFont, weight: str) -> None:
    """Give the altered font its own family name."""
    name = font["name"]
    for name_id in (3, 16, 17):
        name.removeNames(nameID=name_id)
    postscript = f"{FAMILY.replace(' ', '')}-{weight}"
    style = "Regular" if weight == "Regular" else "Bold"
    for name_id, value in (
        (1, FAMILY),
        (2, style),
        (3, postscript),
        (4, f"{FAMILY} {weight}"),
        (6, postscript),
    ):
        name.removeNames(nameID=name_id)
        name.setName(value, name_id, 3, 1, 0x409)
        name.setName(value, name_id, 1, 0, 0)
    cff = font["CFF "].cff
    cff.fontNames = [postscript]
    cff.topDictIndex[0].FamilyName = FAMILY
    cff.topDictIndex[0].FullName = f"{FAMILY} {weight}"


def main(source: Path, target: Path) -> None:
    """Write an OpenType and a WOFF2 file for each weight."""
    for weight in ("Regular", "SemiBold"):
        font = TTFont(source / f"Inter-{weight}.otf", recalcTimestamp=False)
        tabular_figures(font)
        options = subset.Options()
        options.layout_features = ["kern"]
        options.hinting = False
        options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=CHARACTERS)
        subsetter.subset(font)
        rename(font, weight)
        font.save(target / f"BoligsporSans-{weight}.otf")
        font.flavor = "woff2"
        font.save(target / f"BoligsporSans-{weight}.woff2")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
