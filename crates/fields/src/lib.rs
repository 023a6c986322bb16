//! The field catalogue: the only bridge between filter and system.
