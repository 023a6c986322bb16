//! HTTP: health, metrics and the API.
