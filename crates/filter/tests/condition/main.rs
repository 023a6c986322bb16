//! The condition language from text to verdict, through the public functions only.

mod evaluation;
mod grammar;
mod printing;
mod typing;
mod vocabulary;
