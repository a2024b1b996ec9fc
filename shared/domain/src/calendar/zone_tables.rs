//! Which zone a state, a ZIP prefix or an area code lies in. Facts of the tz database's map and of the North American
//! numbering plan, written down from general knowledge; a prefix or code that straddles a border lists both zones.

use crate::calendar::zone::Zone::{
    self, Alaska, Aleutian, Arizona, Atlantic, Central, Eastern, Guam, Hawaii, Mountain, Pacific,
};

/// States and territories: zones, and area codes that lie in all of them.
pub(super) const STATES: &[(&str, &[Zone], &[u16])] = &[
    ("AL", &[Central], &[205, 251, 256, 334, 659, 938]),
    ("AK", &[Alaska, Aleutian], &[907]),
    ("AZ", &[Arizona, Mountain], &[928]),
    ("AR", &[Central], &[327, 479, 501, 870]),
    ("CA", &[Pacific], CALIFORNIA),
    ("CO", &[Mountain], &[303, 719, 720, 970, 983]),
    ("CT", &[Eastern], &[203, 475, 860, 959]),
    ("DE", &[Eastern], &[302]),
    ("DC", &[Eastern], &[202, 771]),
    ("FL", &[Eastern, Central], &[448, 850]),
    ("GA", &[Eastern], &[229, 404, 470, 478, 678, 706, 762, 770, 912, 943]),
    ("GU", &[Guam], &[671]),
    ("HI", &[Hawaii], &[808]),
    ("ID", &[Mountain, Pacific], &[208, 986]),
    ("IL", &[Central], ILLINOIS),
    ("IN", &[Eastern, Central], &[219, 574, 812, 930]),
    ("IA", &[Central], &[319, 515, 563, 641, 712]),
    ("KS", &[Central, Mountain], &[620, 785]),
    ("KY", &[Eastern, Central], &[270, 364, 606]),
    ("LA", &[Central], &[225, 318, 337, 504, 985]),
    ("ME", &[Eastern], &[207]),
    ("MD", &[Eastern], &[227, 240, 301, 410, 443, 667]),
    ("MA", &[Eastern], &[339, 351, 413, 508, 617, 774, 781, 857, 978]),
    ("MI", &[Eastern, Central], &[906]),
    ("MN", &[Central], &[218, 320, 507, 612, 651, 763, 924, 952]),
    ("MP", &[Guam], &[670]),
    ("MS", &[Central], &[228, 601, 662, 769]),
    ("MO", &[Central], &[235, 314, 417, 557, 573, 636, 660, 816, 975]),
    ("MT", &[Mountain], &[406]),
    ("NE", &[Central, Mountain], &[308]),
    ("NV", &[Pacific, Mountain], &[775]),
    ("NH", &[Eastern], &[603]),
    ("NJ", &[Eastern], &[201, 551, 609, 640, 732, 848, 856, 862, 908, 973]),
    ("NM", &[Mountain], &[505, 575]),
    ("NY", &[Eastern], NEW_YORK),
    ("NC", &[Eastern], &[252, 336, 472, 704, 743, 828, 910, 919, 980, 984]),
    ("ND", &[Central, Mountain], &[701]),
    ("OH", &[Eastern], OHIO),
    ("OK", &[Central], &[405, 539, 572, 580, 918]),
    ("OR", &[Pacific, Mountain], &[458, 541]),
    ("PA", &[Eastern], PENNSYLVANIA),
    ("PR", &[Atlantic], &[787, 939]),
    ("RI", &[Eastern], &[401]),
    ("SC", &[Eastern], &[803, 821, 839, 843, 854, 864]),
    ("SD", &[Central, Mountain], &[605]),
    ("TN", &[Central, Eastern], &[931]),
    ("TX", &[Central, Mountain], &[432]),
    ("UT", &[Mountain], &[385, 435, 801]),
    ("VT", &[Eastern], &[802]),
    ("VA", &[Eastern], &[276, 434, 540, 571, 686, 703, 757, 804, 826, 948]),
    ("VI", &[Atlantic], &[340]),
    ("WA", &[Pacific], &[206, 253, 360, 425, 509, 564]),
    ("WV", &[Eastern], &[304, 681]),
    ("WI", &[Central], &[262, 274, 353, 414, 534, 608, 715, 920]),
    ("WY", &[Mountain], &[307]),
];

const CALIFORNIA: &[u16] = &[
    209, 213, 279, 310, 323, 341, 350, 369, 408, 415, 424, 442, 510, 530, 559, 562, 619, 626, 628, 650, 657,
    661, 669, 707, 714, 747, 760, 805, 818, 820, 831, 840, 858, 909, 916, 925, 949, 951,
];
const ILLINOIS: &[u16] =
    &[217, 224, 309, 312, 331, 447, 464, 618, 630, 708, 730, 773, 779, 815, 847, 861, 872];
const NEW_YORK: &[u16] = &[
    212, 315, 329, 332, 347, 363, 516, 518, 585, 607, 624, 631, 646, 680, 716, 718, 838, 845, 914, 917, 929,
    934,
];
const OHIO: &[u16] = &[216, 220, 234, 283, 326, 330, 380, 419, 436, 440, 513, 567, 614, 740, 937];
const PENNSYLVANIA: &[u16] = &[215, 223, 267, 272, 412, 445, 484, 570, 582, 610, 717, 724, 814, 835, 878];

/// Area codes of states with several zones that lie in one of them only.
const CODES: &[(Zone, &[u16])] = &[
    (Arizona, &[480, 520, 602, 623]),
    (
        Eastern,
        &[
            239, 305, 321, 324, 352, 386, 407, 561, 645, 656, 689, 727, 728, 754, 772, 786, 813, 863, 904,
            941, 954, // Florida
            260, 317, 463, 765, // Indiana
            502, 859, // Kentucky
            231, 248, 269, 313, 517, 586, 616, 679, 734, 810, 947, 989, // Michigan
            423, 865, // Tennessee
        ],
    ),
    (
        Central,
        &[
            316, 913, // Kansas
            402, 531, // Nebraska
            615, 629, 731, 901, // Tennessee
            210, 214, 254, 281, 325, 346, 361, 409, 430, 469, 512, 682, 713, 726, 737, 806, 817, 830, 832,
            903, 936, 940, 945, 956, 972, 979, // Texas
        ],
    ),
    (Mountain, &[915]),
    (Pacific, &[503, 702, 725, 971]),
];

/// ZIP prefixes (first three digits, inclusive ranges) of states with several zones that lie in one of them.
const ZIPS: &[(u16, u16, &[Zone])] = &[
    (320, 323, &[Eastern]),  // Florida, east and centre
    (324, 325, &[Central]),  // Florida, panhandle
    (326, 349, &[Eastern]),  // Florida, peninsula
    (370, 372, &[Central]),  // Nashville
    (373, 374, &[Eastern]),  // Chattanooga
    (376, 379, &[Eastern]),  // Knoxville and the north-east
    (380, 384, &[Central]),  // Memphis, Jackson, Columbia
    (400, 412, &[Eastern]),  // Kentucky: Louisville, Lexington, the east
    (420, 424, &[Central]),  // Kentucky: the west
    (460, 462, &[Eastern]),  // Indianapolis
    (463, 464, &[Central]),  // Gary
    (467, 468, &[Eastern]),  // Fort Wayne
    (470, 474, &[Eastern]),  // Indiana, south-east
    (476, 477, &[Central]),  // Evansville
    (480, 497, &[Eastern]),  // Michigan, lower peninsula
    (570, 574, &[Central]),  // South Dakota, east
    (577, 577, &[Mountain]), // Rapid City
    (580, 584, &[Central]),  // North Dakota, east
    (586, 586, &[Mountain]), // Dickinson
    (660, 676, &[Central]),  // Kansas, east and centre
    (680, 689, &[Central]),  // Nebraska, east
    (693, 693, &[Mountain]), // Nebraska, panhandle
    (750, 796, &[Central]),  // Texas
    (798, 799, &[Mountain]), // El Paso
    (885, 885, &[Mountain]), // El Paso
    (832, 834, &[Mountain]), // Idaho, south
    (836, 837, &[Mountain]), // Boise
    (838, 838, &[Pacific]),  // Coeur d'Alene
    (850, 853, &[Arizona]),  // Phoenix
    (855, 857, &[Arizona]),  // Globe, Tucson
    (890, 891, &[Pacific]),  // Las Vegas
    (894, 895, &[Pacific]),  // Reno
    (970, 978, &[Pacific]),  // Oregon but for Malheur
    (995, 995, &[Alaska, Aleutian]),
    (996, 999, &[Alaska]),
];

/// The zones of a state or territory.
pub(super) fn state_zones(state: &str) -> &'static [Zone] {
    STATES.iter().find(|(name, ..)| *name == state).map_or(&[], |(_, zones, _)| zones)
}

/// The zones of a ZIP code, where its prefix decides them.
pub(super) fn zip_zones(zip: &str) -> Option<&'static [Zone]> {
    let prefix: u16 = zip.trim().get(..3)?.parse().ok()?;
    ZIPS.iter().find(|(from, to, _)| (*from..=*to).contains(&prefix)).map(|(.., zones)| *zones)
}

/// The zones of an area code.
pub(super) fn area_code_zones(code: &str) -> Vec<Zone> {
    let Ok(code) = code.parse::<u16>() else { return Vec::new() };
    let single = CODES.iter().find(|(_, codes)| codes.contains(&code)).map(|(zone, _)| vec![*zone]);
    let whole =
        || STATES.iter().find(|(.., codes)| codes.contains(&code)).map(|(_, zones, _)| zones.to_vec());
    single.or_else(whole).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{CODES, STATES, ZIPS};

    #[test]
    fn no_area_code_is_listed_twice_and_none_is_impossible() {
        let mut codes: Vec<u16> = STATES.iter().flat_map(|(.., codes)| codes.iter().copied()).collect();
        codes.extend(CODES.iter().flat_map(|(_, codes)| codes.iter().copied()));
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
        assert!(codes.iter().all(|code| (201..=989).contains(code)));
    }

    #[test]
    fn zip_ranges_do_not_overlap() {
        let mut ranges: Vec<_> = ZIPS.iter().map(|(from, to, _)| (*from, *to)).collect();
        ranges.sort_unstable();
        assert!(ranges.windows(2).all(|pair| pair[0].1 < pair[1].0));
        assert!(ranges.iter().all(|(from, to)| from <= to));
    }
}
