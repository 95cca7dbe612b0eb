//! The municipality codes that are known, and from when.
