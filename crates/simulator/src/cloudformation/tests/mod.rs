//! Stacks over the wire.
