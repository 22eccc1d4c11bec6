import MartletStore

/// The tables of traces. A migration that was released is never edited; the next change is a new one below it.
///
/// Times are milliseconds since 1970 UTC, those of spans nanoseconds. Traces have numbers of our own, and tags and metadata the keys
/// of tracking. What belongs to a trace is deleted by hand with it.
enum TraceSchema {
    static let subject = "traces"

    static let migrations = [
        SQLMigration(1) { dialect in
            let types = TrackingSchema.Types(dialect)
            return traces(types) + texts(types) + assessments(types) + spans(types) + links(types)
        }
    ]

    private static func traces(_ types: TrackingSchema.Types) -> [String] {
        [
            """
            CREATE TABLE traces (
                number \(types.number), id \(types.text) NOT NULL UNIQUE,
                experiment \(types.integer) NOT NULL REFERENCES tracked_experiments (id), started_at \(types.integer) NOT NULL,
                duration \(types.integer), state \(types.integer) NOT NULL, client_request \(types.text),
                request_preview \(types.text), response_preview \(types.text)
            ) \(types.table)
            """,
            "CREATE INDEX traces_by_start ON traces (experiment, started_at DESC, id)",
        ]
    }

    private static func texts(_ types: TrackingSchema.Types) -> [String] {
        ["trace_tags", "trace_metadata"].flatMap { table in
            [
                """
                CREATE TABLE \(table) (
                    trace \(types.integer) NOT NULL, key \(types.integer) NOT NULL, value \(types.text) NOT NULL, PRIMARY KEY (trace, key)
                ) \(types.clustered)
                """,
                "CREATE INDEX \(table)_by_value ON \(table) (key, \(TrackingSchema.indexedValue("value")), trace)",
            ]
        }
    }

    /// Values are JSON as Python writes it, since searches compare with that; `number` is the value of one that is a number.
    private static func assessments(_ types: TrackingSchema.Types) -> [String] {
        [
            """
            CREATE TABLE trace_assessments (
                number \(types.number), id \(types.text) NOT NULL UNIQUE, trace \(types.integer) NOT NULL REFERENCES traces (number),
                name \(types.text) NOT NULL, kind \(types.integer) NOT NULL, value \(types.text) NOT NULL, quantity \(types.real),
                error \(types.text), source_kind \(types.integer) NOT NULL, source_id \(types.text), created_at \(types.integer) NOT NULL,
                updated_at \(types.integer) NOT NULL, span \(types.text), rationale \(types.text), metadata \(types.text),
                is_of_session \(types.integer) NOT NULL, overrides \(types.text), is_valid \(types.integer) NOT NULL
            ) \(types.table)
            """,
            "CREATE INDEX trace_assessments_by_trace ON trace_assessments (trace, number)",
            "CREATE INDEX trace_assessments_by_name ON trace_assessments (name, kind, trace)",
        ]
    }

    /// `content` is the whole span; the other columns are of it, for searches.
    private static func spans(_ types: TrackingSchema.Types) -> [String] {
        [
            """
            CREATE TABLE trace_spans (
                trace \(types.integer) NOT NULL, id \(types.text) NOT NULL, parent \(types.text), name \(types.text) NOT NULL,
                type \(types.text), status \(types.text) NOT NULL, started_at \(types.integer) NOT NULL, content \(types.text) NOT NULL,
                PRIMARY KEY (trace, id)
            ) \(types.table)
            """
        ]
    }

    /// By the identifiers of traces, which need not be there yet. `kind` tells whether the target is a run or a prompt's version.
    private static func links(_ types: TrackingSchema.Types) -> [String] {
        [
            """
            CREATE TABLE trace_links (
                kind \(types.integer) NOT NULL, target \(types.text) NOT NULL, trace \(types.text) NOT NULL,
                PRIMARY KEY (kind, target, trace)
            ) \(types.clustered)
            """,
            "CREATE INDEX trace_links_by_trace ON trace_links (trace)",
        ]
    }
}

/// What a trace may be linked to.
enum TraceLink: Int64 { case run = 1, prompt }
