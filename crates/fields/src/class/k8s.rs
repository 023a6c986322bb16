//! `k8s.*` fields: the pod that the process runs in, as far as the container runtime knows it.

use windhover_filter::{FieldArg, Scope, Scratch, Value};
use windhover_system::ContainerInfo;

use super::container::{info, push_labels};
use crate::definition::{ArgForm, Class, Definition, Maker};
use crate::values::{EventValues, built, text};

const F: Maker = Maker { class: Class::K8s, scope: Scope::Process };

const fn gone(name: &'static str) -> Definition {
    F.text(name, "Never a value; kept so that old rules load.").deprecated()
}

pub(crate) const FIELDS: &[Definition] = &[
    F.text("k8s.pod.name", "Name of the pod.")
        .suggested()
        .get(|v, _, _| text(info(v)?.label("io.kubernetes.pod.name")?.as_bytes())),
    F.text("k8s.ns.name", "Namespace of the pod.")
        .suggested()
        .get(|v, _, _| text(info(v)?.label("io.kubernetes.pod.namespace")?.as_bytes())),
    F.text("k8s.pod.id", "The pod's uid; the old name of `k8s.pod.uid`.")
        .get(|v, _, _| text(info(v)?.label("io.kubernetes.pod.uid")?.as_bytes())),
    F.text("k8s.pod.uid", "The pod's uid.").get(|v, _, _| text(info(v)?.label("io.kubernetes.pod.uid")?.as_bytes())),
    F.text("k8s.pod.sandbox_id", "First 12 characters of the id of the pod's sandbox.").get(|v, _, _| {
        let id = &info(v)?.pod_sandbox_id;
        text(short(id).as_bytes())
    }),
    F.text("k8s.pod.full_sandbox_id", "Id of the pod's sandbox.")
        .get(|v, _, _| text(info(v)?.pod_sandbox_id.as_bytes())),
    F.text("k8s.pod.label", "Value of one label of the pod.").arg(ArgForm::Key).get(pod_label),
    F.text("k8s.pod.labels", "All labels of the pod as `key:value`, joined by a comma and a blank.").get(pod_labels),
    F.text("k8s.pod.ip", "The pod's address.").get(|v, _, _| text(network_of(v)?.ip.as_bytes())),
    F.text("k8s.pod.cni.json", "The network plugin's result for the pod, as JSON.")
        .get(|v, _, _| text(network_of(v)?.cni_json.as_bytes())),
    gone("k8s.rc.name"),
    gone("k8s.rc.id"),
    gone("k8s.rc.label").arg(ArgForm::Key),
    gone("k8s.rc.labels"),
    gone("k8s.svc.name"),
    gone("k8s.svc.id"),
    gone("k8s.svc.label").arg(ArgForm::Key),
    gone("k8s.svc.labels"),
    gone("k8s.ns.id"),
    gone("k8s.ns.label").arg(ArgForm::Key),
    gone("k8s.ns.labels"),
    gone("k8s.rs.name"),
    gone("k8s.rs.id"),
    gone("k8s.rs.label").arg(ArgForm::Key),
    gone("k8s.rs.labels"),
    gone("k8s.deployment.name"),
    gone("k8s.deployment.id"),
    gone("k8s.deployment.label").arg(ArgForm::Key),
    gone("k8s.deployment.labels"),
];

/// The length to which ids are cut.
const SHORT_ID: usize = 12;

fn short(id: &str) -> &str {
    id.get(..SHORT_ID).unwrap_or(id)
}

/// The record of the pod's sandbox, where the container's own has nothing of the network.
fn sandbox<'e>(v: &EventValues<'e>, own: &ContainerInfo) -> Option<&'e ContainerInfo> {
    if !own.cni_json.is_empty() {
        return None;
    }
    v.context.container_by_id(short(&own.pod_sandbox_id).as_bytes())
}

/// The record that knows the pod's network.
fn network_of<'e>(v: &EventValues<'e>) -> Option<&'e ContainerInfo> {
    let own = info(v)?;
    if own.cni_json.is_empty() { sandbox(v, own) } else { Some(own) }
}

fn pod_label<'a>(v: &'a EventValues<'_>, arg: &FieldArg, _: &'a mut Scratch) -> Option<Value<'a>> {
    let FieldArg::Key(key) = arg else { return None };
    let own = info(v)?;
    let of_sandbox = sandbox(v, own).and_then(|sandbox| sandbox.sandbox_label(key));
    text(of_sandbox.or_else(|| own.sandbox_label(key))?.as_bytes())
}

fn pod_labels<'a>(v: &'a EventValues<'_>, _: &FieldArg, scratch: &'a mut Scratch) -> Option<Value<'a>> {
    let own = info(v)?;
    let labels = &sandbox(v, own).unwrap_or(own).pod_sandbox_labels;
    built(scratch, |out| push_labels(labels, out))
}
