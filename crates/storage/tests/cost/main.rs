//! What is read does not grow with what is stored. Every read of the API is made in a store that holds little
//! more than what it shows, and again when much has come beside that; both times it reads as many records.

mod calls;
mod reads;
mod waiters;
mod world;
