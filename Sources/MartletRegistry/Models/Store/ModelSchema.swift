import MartletStore

/// The tables of the model registry. A migration that was released is never edited; the next change is a new one below it.
///
/// Times are milliseconds since 1970 UTC. Versions are deleted as rows, since `version_count` keeps their numbers from being given
/// again, and the history keeps what they were. Names stand in `registered_models` only, so that renaming is one row.
enum ModelSchema {
    static let subject = "models"

    static let migrations = [
        SQLMigration(1) { dialect in
            let types = TrackingSchema.Types(dialect)
            return models(types) + versions(types) + aliases(types) + history(types) + historyGuards(dialect)
        }
    ]

    private static func models(_ types: TrackingSchema.Types) -> [String] {
        [
            """
            CREATE TABLE registered_models (
                number \(types.number), name \(types.text) NOT NULL UNIQUE, description \(types.text),
                created_at \(types.integer) NOT NULL, updated_at \(types.integer) NOT NULL, version_count \(types.integer) NOT NULL
            ) \(types.table)
            """,
            tags("registered_model_tags", of: "model", in: "registered_models", types),
            "CREATE INDEX registered_model_tags_by_key ON registered_model_tags (key, model)",
        ]
    }

    private static func tags(_ table: String, of owner: String, in owners: String, _ types: TrackingSchema.Types) -> String {
        """
        CREATE TABLE \(table) (
            \(owner) \(types.integer) NOT NULL REFERENCES \(owners) (number), key \(types.text) NOT NULL, value \(types.text) NOT NULL,
            PRIMARY KEY (\(owner), key)
        ) \(types.clustered)
        """
    }

    /// `storage` is where the files are, where that is not the source. `run` is what the client told, and may be no run.
    private static func versions(_ types: TrackingSchema.Types) -> [String] {
        [
            """
            CREATE TABLE model_versions (
                number \(types.number), model \(types.integer) NOT NULL REFERENCES registered_models (number),
                version \(types.integer) NOT NULL, created_at \(types.integer) NOT NULL, updated_at \(types.integer) NOT NULL,
                description \(types.text), stage \(types.integer) NOT NULL, source \(types.text) NOT NULL, storage \(types.text),
                run \(types.text), run_link \(types.text) NOT NULL, logged_model \(types.text), UNIQUE (model, version)
            ) \(types.table)
            """,
            "CREATE INDEX model_versions_by_stage ON model_versions (model, stage, version)",
            "CREATE INDEX model_versions_by_run ON model_versions (run)",
            "CREATE INDEX model_versions_by_logged_model ON model_versions (logged_model)",
            tags("model_version_tags", of: "version", in: "model_versions", types),
            "CREATE INDEX model_version_tags_by_key ON model_version_tags (key, version)",
        ]
    }

    /// `version` is the number of the row. The version of an alias is found by three lookups in indexes, whatever there is of models,
    /// versions and aliases: the model by its name, the alias by its key, the version by its number.
    private static func aliases(_ types: TrackingSchema.Types) -> [String] {
        [
            """
            CREATE TABLE registered_model_aliases (
                model \(types.integer) NOT NULL REFERENCES registered_models (number), alias \(types.text) NOT NULL,
                version \(types.integer) NOT NULL REFERENCES model_versions (number), PRIMARY KEY (model, alias)
            ) \(types.clustered)
            """,
            "CREATE INDEX registered_model_aliases_by_version ON registered_model_aliases (version, alias)",
        ]
    }

    /// `model` is the number of a model that may be gone, and `name` what it was called before the event.
    private static func history(_ types: TrackingSchema.Types) -> [String] {
        [
            """
            CREATE TABLE model_history (
                number \(types.number), model \(types.integer) NOT NULL, name \(types.text) NOT NULL, at \(types.integer) NOT NULL,
                who \(types.text) NOT NULL, why \(types.text), kind \(types.text) NOT NULL, version \(types.integer), alias \(types.text),
                previous \(types.text), present \(types.text)
            ) \(types.table)
            """,
            "CREATE INDEX model_history_by_model ON model_history (model, number)",
            "CREATE INDEX model_history_by_name ON model_history (name, kind, at)",
            "CREATE INDEX model_history_by_new_name ON model_history (present, at) WHERE kind = 'model-renamed'",
            "CREATE INDEX model_history_by_alias ON model_history (model, alias, at, number) WHERE alias IS NOT NULL",
        ]
    }

    /// The database itself keeps the history from being changed.
    private static func historyGuards(_ dialect: SQLDialect) -> [String] {
        let refusal = "the history of models is only added to"
        return switch dialect {
        case .sqlite:
            ["UPDATE", "DELETE"].map { change in
                """
                CREATE TRIGGER model_history_refuses_\(change.lowercased()) BEFORE \(change) ON model_history
                BEGIN SELECT RAISE(ABORT, '\(refusal)'); END
                """
            }
        case .postgresql:
            [
                """
                CREATE FUNCTION refuse_change_of_model_history() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION '\(refusal)'; END $$
                """,
                """
                CREATE TRIGGER model_history_refuses_changes BEFORE UPDATE OR DELETE ON model_history
                FOR EACH ROW EXECUTE FUNCTION refuse_change_of_model_history()
                """,
            ]
        }
    }
}
