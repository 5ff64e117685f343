// The recipes in the order of the page. The page's test and the one that runs them as components include this list.
[
    "drop_health_checks",
    "sample_requests",
    "hash_customer",
    "field_to_label",
    "count_orders",
    "rename_fields",
    "truncate_stacks",
    "merge_lines",
]
