//! One reader per source format. Each turns the text of a file into the tree of `node`, or reports why not.

mod salvage;
pub(super) mod yaml;
