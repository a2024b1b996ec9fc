//! The synthetic population: members, claims and other resources, drawn from a seed.
