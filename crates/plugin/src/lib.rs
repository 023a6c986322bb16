//! Host of the plugin ABI.
