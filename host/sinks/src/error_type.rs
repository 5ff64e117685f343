//! Types of errors: words that stand in our log and in labels of metrics.
//!
//! A server chooses what its answer says, and whoever listens at the configured URL may choose anything, parts of a document
//! included. So its words are compared with those that OpenSearch and Elasticsearch have for what can befall a bulk request.

use std::borrow::Cow;

/// Names of the exceptions of OpenSearch and Elasticsearch that a request for `_bulk`, or an item of it, can end in. Sorted.
const KNOWN: [&str; 52] = [
    "action_request_validation_exception",
    "authorization_exception",
    "block_exception",
    "circuit_breaking_exception",
    "class_cast_exception",
    "cluster_block_exception",
    "cluster_manager_not_discovered_exception",
    "connect_transport_exception",
    "date_time_parse_exception",
    "document_missing_exception",
    "document_parsing_exception",
    "engine_exception",
    "es_rejected_execution_exception",
    "exception",
    "executor_rejected_exception",
    "illegal_argument_exception",
    "illegal_state_exception",
    "index_closed_exception",
    "index_create_block_exception",
    "index_not_found_exception",
    "index_primary_shard_not_allocated_exception",
    "index_shard_closed_exception",
    "internal_server_error",
    "invalid_index_name_exception",
    "io_exception",
    "json_parse_exception",
    "mapper_exception",
    "mapper_parsing_exception",
    "master_not_discovered_exception",
    "named_object_not_found_exception",
    "no_master_block_exception",
    "no_shard_available_action_exception",
    "no_such_remote_cluster_exception",
    "node_closed_exception",
    "node_disconnected_exception",
    "node_not_connected_exception",
    "null_pointer_exception",
    "number_format_exception",
    "parse_exception",
    "parsing_exception",
    "process_cluster_event_timeout_exception",
    "rejected_execution_exception",
    "resource_already_exists_exception",
    "resource_not_found_exception",
    "security_exception",
    "status_exception",
    "strict_dynamic_mapping_exception",
    "timeout_exception",
    "unavailable_shards_exception",
    "validation_exception",
    "version_conflict_engine_exception",
    "x_content_parse_exception",
];

/// Type of an error, such as `mapper_parsing_exception`: one that is known, or a word of ours.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErrorType(Cow<'static, str>);

impl ErrorType {
    /// A server's word, or `other` if it is not known.
    #[must_use]
    pub fn of_server(text: &str) -> Self {
        Self::ours(KNOWN.iter().find(|known| **known == text).copied().unwrap_or("other"))
    }

    /// A word of ours.
    #[must_use]
    pub const fn ours(word: &'static str) -> Self {
        Self(Cow::Borrowed(word))
    }

    /// What there is to say if the server gave no more than a status.
    pub(crate) fn of_status(status: u16) -> Self {
        Self(format!("http_{status}").into())
    }

    /// A block on all writing: of the whole cluster, or of an index.
    pub(crate) fn is_block(&self) -> bool {
        self.0 == "cluster_block_exception"
    }

    /// For a metric label.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_other() {
        assert_eq!(ErrorType::of_server("mapper_parsing_exception").as_str(), "mapper_parsing_exception");
        let odd =
            ["", "jane_doe_4111111111111111", "Mapper_Parsing_Exception", "mapper_parsing_exception ", "x_exception"];
        for text in odd {
            assert_eq!(ErrorType::of_server(text).as_str(), "other", "{text}");
        }
        assert!(KNOWN.is_sorted());
    }
}
