//! The synthetic population seen from outside.

#[cfg(test)]
mod calibration;
#[cfg(test)]
mod decisions;
#[cfg(test)]
mod folder;
#[cfg(test)]
mod population;
#[cfg(test)]
mod read_back;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod vendor_replies;
