//! The program on the command line: every command, every kind of wrong input, exit codes.

mod as_spec;
mod attack;
mod bounds;
mod certainty;
mod commands;
mod compare;
mod designs;
mod endings;
mod finished;
mod fit;
mod folders;
mod growing;
mod interrupt;
mod json;
mod messages;
mod not_reached;
mod pool;
mod program;
mod reach;
mod report;
mod shipped;
mod survival;
mod sweep;
mod twice;
mod wrong_input;
