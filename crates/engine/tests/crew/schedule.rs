//! Workers on real threads of which only one runs at a time: who is next is drawn from a seeded generator whenever one
//! looks at its ring buffer, handles an event or waits. The same seed gives the same course.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use windhover_engine::crew::{Lifecycle, Ring};

/// Which ring each process's events go to: new processes where their ids say, or anywhere else.
pub struct Rings {
    random: u64,
    count: usize,
    elsewhere: HashMap<i64, u32>,
    /// New processes of which one event has told, and another is to come.
    born: HashSet<i64>,
}

impl Rings {
    pub fn new(seed: u64, count: usize) -> Self {
        Self { random: seed * 2 + 1, count, elsewhere: HashMap::new(), born: HashSet::new() }
    }

    /// An event tells that a process is born: says where its events go.
    pub fn born(&mut self, pid: i64) -> u32 {
        if !self.born.remove(&pid) {
            self.born.insert(pid);
            match draw(&mut self.random, 2) {
                0 => self.elsewhere.remove(&pid),
                _ => self.elsewhere.insert(pid, draw(&mut self.random, self.count) as u32),
            };
        }
        self.of(pid) as u32
    }

    pub fn of(&self, pid: i64) -> usize {
        self.elsewhere.get(&pid).map_or(pid as u32 as usize % self.count, |ring| *ring as usize)
    }
}

/// A number below `below`.
pub fn draw(random: &mut u64, below: usize) -> usize {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    (*random >> 11) as usize % below.max(1)
}

/// One event on its way: its ring, whether it goes to the one for the lifecycle instead, its bytes.
pub struct Routed {
    pub ring: usize,
    pub lifecycle: bool,
    pub bytes: Vec<u8>,
}

struct Course {
    random: u64,
    /// Whose turn it is, and who has not ended yet.
    turn: usize,
    running: Vec<bool>,
    /// What the kernel has not told yet.
    ahead: VecDeque<Routed>,
    rings: Vec<VecDeque<Vec<u8>>>,
    lifecycle: VecDeque<Vec<u8>>,
    /// Time of the last event that was told.
    now: u64,
}

impl Course {
    fn draw(&mut self, below: usize) -> usize {
        draw(&mut self.random, below)
    }

    /// The kernel goes on by some events.
    fn tell(&mut self) {
        for _ in 0..self.draw(200) {
            let Some(event) = self.ahead.pop_front() else { break };
            self.now = self.now.max(u64::from_le_bytes(*event.bytes.first_chunk().unwrap()));
            if event.lifecycle {
                self.lifecycle.push_back(event.bytes);
            } else {
                self.rings[event.ring].push_back(event.bytes);
            }
        }
    }

    fn next_turn(&mut self) {
        let running: Vec<usize> = (0..self.running.len()).filter(|&worker| self.running[worker]).collect();
        if !running.is_empty() {
            let drawn = self.draw(running.len());
            self.turn = running[drawn];
        }
    }
}

/// The kernel and the scheduler of one run.
pub struct Schedule {
    course: Mutex<Course>,
    turned: Condvar,
}

impl Schedule {
    pub fn new(seed: u64, workers: usize, ahead: VecDeque<Routed>) -> Arc<Self> {
        let course = Course {
            random: seed * 2 + 1,
            turn: 0,
            running: vec![true; workers],
            ahead,
            rings: (0..workers).map(|_| VecDeque::new()).collect(),
            lifecycle: VecDeque::new(),
            now: 0,
        };
        Arc::new(Self { course: Mutex::new(course), turned: Condvar::new() })
    }

    /// Lets another worker run, perhaps the same.
    pub fn switch(&self, worker: usize) {
        let mut course = self.course.lock().unwrap();
        course.tell();
        course.next_turn();
        self.turned.notify_all();
        drop(self.wait(worker, course));
    }

    /// Whether everything has been told and taken.
    pub fn is_over(&self) -> bool {
        let course = self.course.lock().unwrap();
        course.ahead.is_empty() && course.rings.iter().all(VecDeque::is_empty)
    }

    fn wait<'a>(&'a self, worker: usize, mut course: MutexGuard<'a, Course>) -> MutexGuard<'a, Course> {
        while course.turn != worker {
            course = self.turned.wait(course).unwrap();
        }
        course
    }
}

/// One worker's ring.
pub struct TestRing(pub Arc<Schedule>, pub usize);

impl Ring for TestRing {
    fn drain(&mut self, limit: usize, each: &mut dyn FnMut(&[u8])) -> bool {
        self.0.switch(self.1);
        let limit = limit.min(self.0.course.lock().unwrap().draw(200));
        for _ in 0..limit {
            let event = self.0.course.lock().unwrap().rings[self.1].pop_front();
            let Some(event) = event else { return true };
            if self.0.course.lock().unwrap().draw(16) == 0 {
                self.0.switch(self.1);
            }
            each(&event);
        }
        false
    }

    fn wait(&mut self) {
        self.0.switch(self.1);
    }
}

impl Drop for TestRing {
    fn drop(&mut self) {
        let mut course = self.0.course.lock().unwrap();
        course.running[self.1] = false;
        course.next_turn();
        self.0.turned.notify_all();
    }
}

/// The ring of lifecycle events.
pub struct TestLifecycle(pub Arc<Schedule>);

impl Lifecycle for TestLifecycle {
    fn drain(&mut self, each: &mut dyn FnMut(&[u8])) {
        let events = std::mem::take(&mut self.0.course.lock().unwrap().lifecycle);
        events.iter().for_each(|event| each(event));
    }

    fn now(&self) -> u64 {
        self.0.course.lock().unwrap().now
    }
}
