//! Messages of the runtimes' gRPC interfaces, as far as they are read here. Others' members are skipped.
//!
//! [`cri`] is Kubernetes' container runtime interface, version `runtime.v1`; [`containerd`] is containerd's own.
#![allow(missing_docs)]

/// `runtime.v1`.
pub(crate) mod cri {
    use std::collections::BTreeMap;

    use prost::Message;

    pub(crate) const VERSION: &str = "/runtime.v1.RuntimeService/Version";
    pub(crate) const LIST_CONTAINERS: &str = "/runtime.v1.RuntimeService/ListContainers";
    pub(crate) const CONTAINER_STATUS: &str = "/runtime.v1.RuntimeService/ContainerStatus";
    pub(crate) const CONTAINER_STATS: &str = "/runtime.v1.RuntimeService/ContainerStats";
    pub(crate) const LIST_SANDBOXES: &str = "/runtime.v1.RuntimeService/ListPodSandbox";
    pub(crate) const SANDBOX_STATUS: &str = "/runtime.v1.RuntimeService/PodSandboxStatus";
    pub(crate) const EVENTS: &str = "/runtime.v1.RuntimeService/GetContainerEvents";

    /// `NamespaceMode`: the host's.
    pub(crate) const NODE: i32 = 2;

    /// `ContainerEventType`.
    pub(crate) mod event {
        pub(crate) const CREATED: i32 = 0;
        pub(crate) const STARTED: i32 = 1;
        pub(crate) const DELETED: i32 = 3;
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct VersionRequest {}

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct VersionResponse {
        #[prost(string, tag = "2")]
        pub(crate) runtime_name: String,
    }

    /// `ListContainersRequest` and `ListPodSandboxRequest`, by id.
    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct ListRequest {
        #[prost(message, optional, tag = "1")]
        pub(crate) filter: Option<Filter>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct Filter {
        #[prost(string, tag = "1")]
        pub(crate) id: String,
    }

    /// `ListContainersResponse` and `ListPodSandboxResponse`.
    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct ListResponse {
        #[prost(message, repeated, tag = "1")]
        pub(crate) entries: Vec<Listed>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct Listed {
        #[prost(string, tag = "1")]
        pub(crate) id: String,
        /// Of containers; in a sandbox's entry something else stands here, which is no text and is not asked for.
        #[prost(bytes = "vec", tag = "2")]
        pub(crate) pod_sandbox_id: Vec<u8>,
    }

    /// `ContainerStatusRequest` and `PodSandboxStatusRequest`.
    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct StatusRequest {
        #[prost(string, tag = "1")]
        pub(crate) id: String,
        #[prost(bool, tag = "2")]
        pub(crate) verbose: bool,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct ContainerStatusResponse {
        #[prost(message, optional, tag = "1")]
        pub(crate) status: Option<ContainerStatus>,
        #[prost(btree_map = "string, string", tag = "2")]
        pub(crate) info: BTreeMap<String, String>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct ContainerStatus {
        #[prost(string, tag = "1")]
        pub(crate) id: String,
        #[prost(message, optional, tag = "2")]
        pub(crate) metadata: Option<ContainerMetadata>,
        #[prost(int64, tag = "4")]
        pub(crate) created_at: i64,
        #[prost(message, optional, tag = "8")]
        pub(crate) image: Option<ImageSpec>,
        #[prost(string, tag = "9")]
        pub(crate) image_ref: String,
        #[prost(btree_map = "string, string", tag = "12")]
        pub(crate) labels: BTreeMap<String, String>,
        #[prost(message, repeated, tag = "14")]
        pub(crate) mounts: Vec<Mount>,
        #[prost(message, optional, tag = "16")]
        pub(crate) resources: Option<Resources>,
        #[prost(string, tag = "17")]
        pub(crate) image_id: String,
        #[prost(message, optional, tag = "18")]
        pub(crate) user: Option<User>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct ContainerMetadata {
        #[prost(string, tag = "1")]
        pub(crate) name: String,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct ImageSpec {
        #[prost(string, tag = "1")]
        pub(crate) image: String,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct Mount {
        #[prost(string, tag = "1")]
        pub(crate) container_path: String,
        #[prost(string, tag = "2")]
        pub(crate) host_path: String,
        #[prost(bool, tag = "3")]
        pub(crate) readonly: bool,
        #[prost(int32, tag = "5")]
        pub(crate) propagation: i32,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct Resources {
        #[prost(message, optional, tag = "1")]
        pub(crate) linux: Option<LinuxResources>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct LinuxResources {
        #[prost(int64, tag = "1")]
        pub(crate) cpu_period: i64,
        #[prost(int64, tag = "2")]
        pub(crate) cpu_quota: i64,
        #[prost(int64, tag = "3")]
        pub(crate) cpu_shares: i64,
        #[prost(int64, tag = "4")]
        pub(crate) memory_limit_in_bytes: i64,
        #[prost(string, tag = "6")]
        pub(crate) cpuset_cpus: String,
        #[prost(int64, tag = "10")]
        pub(crate) memory_swap_limit_in_bytes: i64,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct User {
        #[prost(message, optional, tag = "1")]
        pub(crate) linux: Option<LinuxUser>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct LinuxUser {
        #[prost(int64, tag = "1")]
        pub(crate) uid: i64,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct SandboxStatusResponse {
        #[prost(message, optional, tag = "1")]
        pub(crate) status: Option<SandboxStatus>,
        #[prost(btree_map = "string, string", tag = "2")]
        pub(crate) info: BTreeMap<String, String>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct SandboxStatus {
        #[prost(string, tag = "1")]
        pub(crate) id: String,
        #[prost(message, optional, tag = "2")]
        pub(crate) metadata: Option<SandboxMetadata>,
        #[prost(int64, tag = "4")]
        pub(crate) created_at: i64,
        #[prost(message, optional, tag = "5")]
        pub(crate) network: Option<SandboxNetwork>,
        #[prost(message, optional, tag = "6")]
        pub(crate) linux: Option<LinuxSandbox>,
        #[prost(btree_map = "string, string", tag = "7")]
        pub(crate) labels: BTreeMap<String, String>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct SandboxMetadata {
        #[prost(string, tag = "1")]
        pub(crate) name: String,
        #[prost(string, tag = "2")]
        pub(crate) uid: String,
        #[prost(string, tag = "3")]
        pub(crate) namespace: String,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct SandboxNetwork {
        #[prost(string, tag = "1")]
        pub(crate) ip: String,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct LinuxSandbox {
        #[prost(message, optional, tag = "1")]
        pub(crate) namespaces: Option<Namespaces>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct Namespaces {
        #[prost(message, optional, tag = "2")]
        pub(crate) options: Option<NamespaceOptions>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct NamespaceOptions {
        #[prost(int32, tag = "1")]
        pub(crate) network: i32,
        #[prost(int32, tag = "2")]
        pub(crate) pid: i32,
        #[prost(int32, tag = "3")]
        pub(crate) ipc: i32,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct StatsResponse {
        #[prost(message, optional, tag = "1")]
        pub(crate) stats: Option<Stats>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct Stats {
        #[prost(message, optional, tag = "4")]
        pub(crate) writable_layer: Option<Usage>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct Usage {
        #[prost(message, optional, tag = "3")]
        pub(crate) used_bytes: Option<Number>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct Number {
        #[prost(uint64, tag = "1")]
        pub(crate) value: u64,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct EventsRequest {}

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct Event {
        #[prost(string, tag = "1")]
        pub(crate) container_id: String,
        #[prost(int32, tag = "2")]
        pub(crate) kind: i32,
    }
}

/// containerd's services.
pub(crate) mod containerd {
    use std::collections::BTreeMap;

    use prost::Message;

    pub(crate) const LIST_NAMESPACES: &str = "/containerd.services.namespaces.v1.Namespaces/List";
    pub(crate) const LIST_CONTAINERS: &str = "/containerd.services.containers.v1.Containers/List";
    pub(crate) const GET_IMAGE: &str = "/containerd.services.images.v1.Images/Get";
    pub(crate) const EVENTS: &str = "/containerd.services.events.v1.Events/Subscribe";

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct ListNamespacesRequest {}

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct ListNamespacesResponse {
        #[prost(message, repeated, tag = "1")]
        pub(crate) namespaces: Vec<Namespace>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct Namespace {
        #[prost(string, tag = "1")]
        pub(crate) name: String,
    }

    /// `ListContainersRequest` and `SubscribeRequest`.
    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct FilteredRequest {
        #[prost(string, repeated, tag = "1")]
        pub(crate) filters: Vec<String>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct ListContainersResponse {
        #[prost(message, repeated, tag = "1")]
        pub(crate) containers: Vec<Container>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct Container {
        #[prost(string, tag = "1")]
        pub(crate) id: String,
        #[prost(btree_map = "string, string", tag = "2")]
        pub(crate) labels: BTreeMap<String, String>,
        #[prost(string, tag = "3")]
        pub(crate) image: String,
        #[prost(message, optional, tag = "5")]
        pub(crate) spec: Option<Any>,
        #[prost(message, optional, tag = "8")]
        pub(crate) created_at: Option<Timestamp>,
        #[prost(string, tag = "11")]
        pub(crate) sandbox: String,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct Any {
        #[prost(string, tag = "1")]
        pub(crate) type_url: String,
        #[prost(bytes = "vec", tag = "2")]
        pub(crate) value: Vec<u8>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct Timestamp {
        #[prost(int64, tag = "1")]
        pub(crate) seconds: i64,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct GetImageRequest {
        #[prost(string, tag = "1")]
        pub(crate) name: String,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct GetImageResponse {
        #[prost(message, optional, tag = "1")]
        pub(crate) image: Option<Image>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct Image {
        #[prost(message, optional, tag = "3")]
        pub(crate) target: Option<Descriptor>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct Descriptor {
        #[prost(string, tag = "2")]
        pub(crate) digest: String,
        #[prost(int64, tag = "3")]
        pub(crate) size: i64,
    }

    /// An event, as subscribers get it.
    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct Envelope {
        #[prost(string, tag = "2")]
        pub(crate) namespace: String,
        #[prost(string, tag = "3")]
        pub(crate) topic: String,
        #[prost(message, optional, tag = "4")]
        pub(crate) event: Option<Any>,
    }

    /// `ContainerCreate`, `ContainerDelete`, `TaskStart`: the container's id comes first in all.
    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct AboutContainer {
        #[prost(string, tag = "1")]
        pub(crate) id: String,
    }
}
