//! The condition language from text to verdict, through the public functions only.

mod algebra;
mod evaluation;
mod grammar;
mod printing;
mod reasoning;
mod recovery;
mod typing;
mod vocabulary;
