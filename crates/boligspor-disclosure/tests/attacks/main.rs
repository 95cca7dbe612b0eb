//! Attacks on released numbers.
//!
//! Each attack is a program that gets what was released and nothing else, and
//! tries to recover what was protected. All must fail; and each must succeed
//! on the same numbers with the control switched off, or it proves nothing.

mod curves;
mod differencing;
mod elimination;
mod enumeration;
mod fixture;
mod percentiles;
mod ratios;
mod rounding;
