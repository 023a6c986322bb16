//! Who a cgroup belongs to: container runtimes and Kubernetes metadata.
