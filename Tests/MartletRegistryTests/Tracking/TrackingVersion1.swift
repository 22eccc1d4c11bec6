/// The tables of tracking and of registered models as the first schema made them, in SQLite's words, with some rows.
/// Never edited.
enum TrackingVersion1 {
    /// Statements between empty lines.
    static let tracking = """
        CREATE TABLE tracking_keys (number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE) STRICT

        CREATE TABLE tracked_experiments (
            id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, artifact_location TEXT NOT NULL,
            stage INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
        ) STRICT

        CREATE TABLE tracked_experiment_tags (
            number INTEGER PRIMARY KEY AUTOINCREMENT, experiment INTEGER NOT NULL REFERENCES tracked_experiments (id),
            key TEXT NOT NULL, value TEXT NOT NULL, UNIQUE (experiment, key)
        ) STRICT

        CREATE TABLE tracked_runs (
            number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
            experiment INTEGER NOT NULL REFERENCES tracked_experiments (id), name TEXT NOT NULL,
            user_name TEXT NOT NULL, status INTEGER NOT NULL, started_at INTEGER NOT NULL,
            ended_at INTEGER, artifact_uri TEXT NOT NULL, stage INTEGER NOT NULL,
            deleted_at INTEGER
        ) STRICT

        CREATE INDEX tracked_runs_by_start ON tracked_runs (experiment, stage, started_at DESC, id)

        CREATE TABLE tracked_run_parameters (
            run INTEGER NOT NULL, key INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (run, key)
        ) STRICT, WITHOUT ROWID

        CREATE INDEX tracked_run_parameters_by_value ON tracked_run_parameters (key, substr(value, 1, 64), run)

        CREATE TABLE tracked_run_tags (
            run INTEGER NOT NULL, key INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (run, key)
        ) STRICT, WITHOUT ROWID

        CREATE INDEX tracked_run_tags_by_value ON tracked_run_tags (key, substr(value, 1, 64), run)

        CREATE TABLE latest_metrics (
            run INTEGER NOT NULL, key INTEGER NOT NULL, step INTEGER NOT NULL, at INTEGER NOT NULL, value REAL NOT NULL,
            is_nan INTEGER NOT NULL, experiment INTEGER NOT NULL, past_count INTEGER NOT NULL,
            late_count INTEGER NOT NULL, is_chronological INTEGER NOT NULL, PRIMARY KEY (run, key)
        ) STRICT, WITHOUT ROWID

        CREATE INDEX latest_metrics_by_value ON latest_metrics (experiment, key, is_nan, value, run)

        CREATE TABLE past_metrics (run INTEGER NOT NULL, key INTEGER NOT NULL, step INTEGER NOT NULL, at INTEGER NOT NULL,
            value REAL NOT NULL, is_nan INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (run, key, place)
        ) STRICT, WITHOUT ROWID

        CREATE TABLE late_metrics (run INTEGER NOT NULL, key INTEGER NOT NULL, step INTEGER NOT NULL, at INTEGER NOT NULL,
            value REAL NOT NULL, is_nan INTEGER NOT NULL, PRIMARY KEY (run, key, step, at, value, is_nan)) STRICT, WITHOUT ROWID

        CREATE TABLE tracked_datasets (
            number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
            experiment INTEGER NOT NULL REFERENCES tracked_experiments (id), name TEXT NOT NULL,
            digest TEXT NOT NULL, source_type TEXT NOT NULL, source TEXT NOT NULL,
            schema TEXT, profile TEXT, UNIQUE (experiment, name, digest)
        ) STRICT

        CREATE TABLE run_datasets (
            number INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL REFERENCES tracked_runs (number),
            dataset INTEGER NOT NULL REFERENCES tracked_datasets (number), UNIQUE (run, dataset)
        ) STRICT

        CREATE TABLE run_dataset_tags (
            number INTEGER PRIMARY KEY AUTOINCREMENT, input INTEGER NOT NULL REFERENCES run_datasets (number),
            key TEXT NOT NULL, value TEXT NOT NULL
        ) STRICT

        CREATE INDEX run_dataset_tags_by_input ON run_dataset_tags (input)

        CREATE TABLE run_models (
            number INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL REFERENCES tracked_runs (number),
            is_output INTEGER NOT NULL, model TEXT NOT NULL, step INTEGER NOT NULL,
            UNIQUE (run, is_output, model)
        ) STRICT
        """

    static let models = """
        CREATE TABLE registered_models (
            number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, description TEXT,
            created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, version_count INTEGER NOT NULL
        ) STRICT

        CREATE TABLE registered_model_tags (
            model INTEGER NOT NULL REFERENCES registered_models (number), key TEXT NOT NULL, value TEXT NOT NULL,
            PRIMARY KEY (model, key)
        ) STRICT, WITHOUT ROWID

        CREATE INDEX registered_model_tags_by_key ON registered_model_tags (key, model)

        CREATE TABLE model_versions (
            number INTEGER PRIMARY KEY AUTOINCREMENT, model INTEGER NOT NULL REFERENCES registered_models (number),
            version INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
            description TEXT, stage INTEGER NOT NULL, source TEXT NOT NULL, storage TEXT,
            run TEXT, run_link TEXT NOT NULL, logged_model TEXT, UNIQUE (model, version)
        ) STRICT

        CREATE INDEX model_versions_by_stage ON model_versions (model, stage, version)

        CREATE INDEX model_versions_by_run ON model_versions (run)

        CREATE INDEX model_versions_by_logged_model ON model_versions (logged_model)

        CREATE TABLE model_version_tags (
            version INTEGER NOT NULL REFERENCES model_versions (number), key TEXT NOT NULL, value TEXT NOT NULL,
            PRIMARY KEY (version, key)
        ) STRICT, WITHOUT ROWID

        CREATE INDEX model_version_tags_by_key ON model_version_tags (key, version)

        CREATE TABLE registered_model_aliases (
            model INTEGER NOT NULL REFERENCES registered_models (number), alias TEXT NOT NULL,
            version INTEGER NOT NULL REFERENCES model_versions (number), PRIMARY KEY (model, alias)
        ) STRICT, WITHOUT ROWID

        CREATE INDEX registered_model_aliases_by_version ON registered_model_aliases (version, alias)

        CREATE TABLE model_history (
            number INTEGER PRIMARY KEY AUTOINCREMENT, model INTEGER NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL,
            who TEXT NOT NULL, why TEXT, kind TEXT NOT NULL, version INTEGER, alias TEXT,
            previous TEXT, present TEXT
        ) STRICT

        CREATE INDEX model_history_by_model ON model_history (model, number)

        CREATE INDEX model_history_by_name ON model_history (name, kind, at)

        CREATE INDEX model_history_by_new_name ON model_history (present, at) WHERE kind = 'model-renamed'

        CREATE INDEX model_history_by_alias ON model_history (model, alias, at, number) WHERE alias IS NOT NULL
        """

    /// Of logged models, of imports and of what is still to be removed.
    static let others = """
        CREATE TABLE logged_models (
            number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
            experiment INTEGER NOT NULL REFERENCES tracked_experiments (id), name TEXT NOT NULL,
            artifact_uri TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
            status INTEGER NOT NULL, stage INTEGER NOT NULL, type TEXT NOT NULL, source_run TEXT NOT NULL
        ) STRICT

        CREATE INDEX logged_models_by_creation ON logged_models (experiment, stage, created_at DESC, id)

        CREATE TABLE logged_model_parameters (
            model INTEGER NOT NULL REFERENCES logged_models (number), key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (model, key)
        ) STRICT, WITHOUT ROWID

        CREATE TABLE logged_model_tags (
            model INTEGER NOT NULL REFERENCES logged_models (number), key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (model, key)
        ) STRICT, WITHOUT ROWID

        CREATE TABLE logged_model_metrics (
            model INTEGER NOT NULL REFERENCES logged_models (number), key TEXT NOT NULL, at INTEGER NOT NULL,
            step INTEGER NOT NULL, run TEXT NOT NULL, value REAL NOT NULL, dataset_name TEXT, dataset_digest TEXT,
            PRIMARY KEY (model, key, at, step, run)
        ) STRICT, WITHOUT ROWID

        CREATE TABLE imports (
            source TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, origin TEXT NOT NULL, target TEXT NOT NULL,
            is_done INTEGER NOT NULL, PRIMARY KEY (source, kind, key)
        ) STRICT, WITHOUT ROWID

        CREATE TABLE removal_remains (number INTEGER PRIMARY KEY AUTOINCREMENT, record INTEGER NOT NULL, artifacts TEXT NOT NULL) STRICT
        """

    static let guards = """
        CREATE TRIGGER model_history_refuses_update BEFORE UPDATE ON model_history
        BEGIN SELECT RAISE(ABORT, 'the history of models is only added to'); END

        CREATE TRIGGER model_history_refuses_delete BEFORE DELETE ON model_history
        BEGIN SELECT RAISE(ABORT, 'the history of models is only added to'); END
        """

    static let guardsOfPostgreSQL = """
        CREATE FUNCTION refuse_change_of_model_history() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the history of models is only added to'; END $$

        CREATE TRIGGER model_history_refuses_changes BEFORE UPDATE OR DELETE ON model_history
        FOR EACH ROW EXECUTE FUNCTION refuse_change_of_model_history()
        """

    /// What was written to them. Numbers that the database gives are not told, so that it gives the next one to what follows.
    static let rows = """
        INSERT INTO tracking_keys (name) VALUES ('rmse'), ('loss'), ('rate'), ('mlflow.runName')

        INSERT INTO tracked_experiments (id, name, artifact_location, stage, created_at, updated_at)
        VALUES (0, 'Default', 'mlflow-artifacts:/0', 0, 1, 1)

        INSERT INTO tracked_experiments (name, artifact_location, stage, created_at, updated_at)
        VALUES ('pricing', 'mlflow-artifacts:/1', 0, 2, 3)

        INSERT INTO tracked_experiment_tags (experiment, key, value) VALUES (1, 'team', 'demand')

        INSERT INTO tracked_runs (id, experiment, name, user_name, status, started_at, ended_at, artifact_uri, stage, deleted_at) VALUES
        ('\(runs[0])', 1, 'first', 'ann', 3, 10, 20, 'mlflow-artifacts:/1/\(runs[0])/artifacts', 0, NULL),
        ('\(runs[1])', 1, 'second', 'ben', 1, 11, NULL, 'mlflow-artifacts:/1/\(runs[1])/artifacts', 0, NULL)

        INSERT INTO tracked_run_parameters (run, key, value) VALUES (1, 3, '0.1'), (2, 3, '0.2')

        INSERT INTO tracked_run_tags (run, key, value) VALUES (1, 4, 'first'), (2, 4, 'second')

        INSERT INTO latest_metrics (run, key, step, at, value, is_nan, experiment, past_count, late_count, is_chronological) VALUES
        (1, 1, 30, 300, 0.5, 0, 1, 3, 1, 1), (1, 2, 0, 300, 0, 1, 1, 0, 0, 1), (2, 1, 5, 100, 0.7, 0, 1, 1, 0, 0)

        INSERT INTO past_metrics (run, key, place, step, at, value, is_nan) VALUES
        (1, 1, 0, 0, 100, 0.9, 0), (1, 1, 1, 10, 110, 0, 1), (1, 1, 2, 20, 200, 0.6, 0), (2, 1, 0, 0, 400, 0.8, 0)

        INSERT INTO late_metrics (run, key, step, at, value, is_nan) VALUES (1, 1, 5, 210, 0.75, 0)

        INSERT INTO registered_models (name, description, created_at, updated_at, version_count) VALUES ('price', 'of a flat', 20, 30, 2)

        INSERT INTO model_versions (
            model, version, created_at, updated_at, description, stage, source, storage, run, run_link, logged_model
        ) VALUES (1, 1, 20, 20, NULL, 0, 's3://bucket/1', NULL, '\(runs[0])', '', NULL),
        (1, 2, 21, 30, NULL, 2, 's3://bucket/2', NULL, '\(runs[1])', '', NULL)

        INSERT INTO registered_model_aliases (model, alias, version) VALUES (1, 'champion', 2)

        INSERT INTO model_history (model, name, at, who, why, kind, version, alias, previous, present) VALUES
        (1, 'price', 20, 'ann', NULL, 'model-created', NULL, NULL, NULL, NULL),
        (1, 'price', 20, 'ann', NULL, 'version-created', 1, NULL, NULL, 's3://bucket/1'),
        (1, 'price', 21, 'ann', NULL, 'version-created', 2, NULL, NULL, 's3://bucket/2'),
        (1, 'price', 30, 'ann', 'better', 'alias-set', 2, 'champion', NULL, '2')

        INSERT INTO logged_models (id, experiment, name, artifact_uri, created_at, updated_at, status, stage, type, source_run)
        VALUES ('\(model)', 1, 'booster', 'mlflow-artifacts:/1/models/\(model)/artifacts', 12, 13, 2, 0, '', '\(runs[0])')

        INSERT INTO logged_model_parameters (model, key, value) VALUES (1, 'depth', '3')

        INSERT INTO logged_model_tags (model, key, value) VALUES (1, 'stage', 'trial')

        INSERT INTO logged_model_metrics (model, key, at, step, run, value) VALUES (1, 'rmse', 300, 30, '\(runs[0])', 0.5)

        INSERT INTO imports (source, kind, key, origin, target, is_done) VALUES
        ('old', 'experiments', '7', 'file:///7', '1', 1), ('old', 'runs', '\(runs[0])', '', '', 1),
        ('old', 'artifacts', '\(runs[0])', 'file:///a', '', 1), ('old', 'logged models', '\(model)', '', '', 1),
        ('old', 'runs', 'removed since', '', '', 1)

        INSERT INTO removal_remains (record, artifacts) VALUES (9, 'a')
        """

    static let model = "m-0123456789abcdef0123456789abcdef"
    static let runs = ["0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"]
}
