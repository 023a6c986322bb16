//! `k8s.*` fields: the pod that the process runs in, as far as the container runtime knows it.

use windhover_filter::Scope;

use crate::definition::{ArgForm, Class, Definition, Maker};

const F: Maker = Maker { class: Class::K8s, scope: Scope::Process };

const fn gone(name: &'static str) -> Definition {
    F.text(name, "Never a value; kept so that old rules load.").deprecated()
}

pub(crate) const FIELDS: &[Definition] = &[
    F.text("k8s.pod.name", "Name of the pod.").suggested(),
    F.text("k8s.ns.name", "Namespace of the pod.").suggested(),
    F.text("k8s.pod.id", "The pod's uid; the old name of `k8s.pod.uid`."),
    F.text("k8s.pod.uid", "The pod's uid."),
    F.text("k8s.pod.sandbox_id", "First 12 characters of the id of the pod's sandbox."),
    F.text("k8s.pod.full_sandbox_id", "Id of the pod's sandbox."),
    F.text("k8s.pod.label", "Value of one label of the pod.").arg(ArgForm::Key),
    F.text("k8s.pod.labels", "All labels of the pod as `key:value`, joined by a comma and a blank."),
    F.text("k8s.pod.ip", "The pod's address."),
    F.text("k8s.pod.cni.json", "The network plugin's result for the pod, as JSON."),
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
