//! Residual plans: what is left of the rules for one kind of event and one profile of processes.

use std::collections::HashMap;

use windhover_filter::Field;

use crate::Plan;
use crate::dag::{Dag, FALSE, NodeId};
use crate::graph::{Graph, NOT_STEADY};
use crate::memo::Memo;
use crate::network::{Network, Rank, Worth};
use crate::outcome::Sketch;
use crate::process::{Processes, ProfileId};

/// Events of a kind and profile after which a residual plan is made for them, at least.
const WORTH_A_RESIDUAL: u32 = 16;
/// Making one costs in proportion to the rules: so many steps of the kind's plan ask for one event more.
const STEPS_PER_EVENT: u32 = 32;
/// Steps of all residual plans together after which all are forgotten.
const MANY_STEPS: usize = 1 << 20;
/// Conditions the graph may hold before all are forgotten.
const MANY_NODES: usize = 1 << 20;

/// A residual plan: nothing is left, or a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    Nothing,
    Network(u32),
}

/// How far a kind and profile have come: events met (small numbers), nothing left, or the number of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry(u32);

const NOTHING: Entry = Entry(u32::MAX);
const NETWORK: u32 = 1 << 31;

/// What is left of the rules for the kind of a slot.
type Left = (u16, Box<[(Rank, NodeId)]>);

/// What a residual plan is asked for.
pub(crate) struct Wanted<'a> {
    pub plan: &'a Plan,
    pub graph: &'a mut Graph,
    pub processes: &'a Processes,
    /// The kind's.
    pub slot: u16,
    pub profile: ProfileId,
    /// What fields are functions of.
    pub origin: &'a dyn Fn(&Field) -> Option<u32>,
}

/// All residual plans.
#[derive(Debug, Default)]
pub(crate) struct Residuals {
    /// By profile and slot of the kind.
    entries: Vec<Entry>,
    networks: Vec<Network>,
    /// Of each network.
    sketches: Vec<Option<Sketch>>,
    /// Networks by slot and what is left of the rules: profiles of which the same is left share one. Kinds do not, as values come
    /// from other places in events of other types.
    by_rules: HashMap<Left, u32, foldhash::fast::RandomState>,
    steps: usize,
    /// The plan's graph and what partial evaluation has added to it; made with the first residual plan.
    dag: Option<Dag>,
    memo: Memo,
}

impl Residuals {
    /// Whether so much is remembered that it is time to begin anew.
    pub fn are_many(&self) -> bool {
        self.steps >= MANY_STEPS || self.dag.as_ref().is_some_and(|dag| dag.len() >= MANY_NODES)
    }

    /// A network, and what its outcome depends on.
    #[inline]
    pub fn network(&mut self, number: u32) -> (&Network, Option<&mut Sketch>) {
        (&self.networks[number as usize], self.sketches[number as usize].as_mut())
    }

    /// How many have been made.
    pub fn made(&self) -> usize {
        self.networks.len()
    }

    /// What is left for a kind and profile; `None` as long as it has too few events to find out. Counts one.
    #[inline]
    pub fn get(&mut self, wanted: Wanted<'_>) -> Option<Rest> {
        let Wanted { plan, slot, profile, .. } = wanted;
        let width = usize::from(plan.slots);
        let at = profile as usize * width + usize::from(slot);
        if at >= self.entries.len() {
            self.entries.resize((profile as usize + 1) * width, Entry(0));
        }
        match self.entries[at] {
            NOTHING => Some(Rest::Nothing),
            Entry(number) if number & NETWORK != 0 => Some(Rest::Network(number & !NETWORK)),
            Entry(met)
                if met < WORTH_A_RESIDUAL + plan.plans[usize::from(slot)].network.len() as u32 / STEPS_PER_EVENT =>
            {
                self.entries[at] = Entry(met + 1);
                None
            }
            _ => {
                let rest = self.make(wanted);
                self.entries[at] = match rest {
                    Rest::Nothing => NOTHING,
                    Rest::Network(number) => Entry(number | NETWORK),
                };
                Some(rest)
            }
        }
    }

    #[cold]
    fn make(&mut self, wanted: Wanted<'_>) -> Rest {
        let Wanted { plan, graph, processes, slot, profile, origin } = wanted;
        let dag = self.dag.get_or_insert_with(|| plan.dag.clone());
        self.memo.clear();
        let mut decide = |_: &Dag, node: NodeId| {
            let steady = graph.steady(node);
            (steady != NOT_STEADY).then(|| processes.holds(profile, steady))
        };
        let mut rules: Vec<(Rank, NodeId)> = Vec::new();
        for &(rank, node) in &plan.plans[usize::from(slot)].rules {
            let rest = dag.specialise(node, &mut decide, &mut self.memo);
            if rest != FALSE {
                rules.push((rank, rest));
            }
        }
        if rules.is_empty() {
            return Rest::Nothing;
        }
        let key = (slot, rules.as_slice().into());
        if let Some(&number) = self.by_rules.get(&key) {
            return Rest::Network(number);
        }
        graph.add_new(dag);
        let worth = |node| Worth { cost: graph.cost(node), chance: graph.chance(node) };
        let network = Network::new(dag, &plan.predicates, &rules, &worth);
        self.steps += network.len();
        let sketch = if plan.stages.likeness { Sketch::new(dag, &plan.predicates, &rules, origin) } else { None };
        self.sketches.push(sketch);
        let number = self.networks.len() as u32;
        self.networks.push(network);
        self.by_rules.insert(key, number);
        Rest::Network(number)
    }
}
