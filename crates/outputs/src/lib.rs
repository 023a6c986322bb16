//! The alert, its channels and destinations, queues and retries.
