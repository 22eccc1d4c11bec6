import GRDB

/// The schema's history. A migration that was released is never edited; the next change is a new one below it.
///
/// Times are microseconds since 1970 UTC, digests and JSON are text, tables are STRICT.
enum Migrations {
    static var all: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            for part in [steps, runs, releases, routes, activations] { try database.execute(sql: part) }
            for table in ["releases", "route_moves"] { try database.execute(sql: appendOnly(table)) }
        }
        migrator.registerMigration("2") { database in
            // Runs are in the database of tracking since; what was recorded here is moved there when that is next opened.
            try database.execute(sql: releasesOfAnyRun)
            try database.execute(sql: appendOnly("releases"))
        }
        return migrator
    }

    private static let releasesOfAnyRun = """
        CREATE TABLE new_releases (
            digest TEXT PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL CHECK (version > 0),
            run TEXT, manifest TEXT NOT NULL, created_at INTEGER NOT NULL,
            UNIQUE (name, version)
        ) STRICT;
        INSERT INTO new_releases SELECT * FROM releases;
        DROP TABLE releases;
        ALTER TABLE new_releases RENAME TO releases;
        """

    private static let steps = """
        CREATE TABLE step_executions (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            step TEXT NOT NULL, key TEXT NOT NULL,
            key_parts TEXT NOT NULL, outputs TEXT NOT NULL, summary TEXT NOT NULL,
            started_at INTEGER NOT NULL, finished_at INTEGER NOT NULL,
            UNIQUE (step, key)
        ) STRICT;
        CREATE INDEX step_executions_by_step ON step_executions (step, sequence);
        """

    /// A metric's value is NULL for NaN, which SQLite cannot store; infinities are stored as they are.
    private static let runs = """
        CREATE TABLE experiments (name TEXT PRIMARY KEY, created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE runs (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE, experiment TEXT NOT NULL REFERENCES experiments (name), name TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('running', 'finished', 'failed', 'killed')),
            started_at INTEGER NOT NULL, ended_at INTEGER,
            CHECK ((status = 'running') = (ended_at IS NULL))
        ) STRICT;
        CREATE INDEX runs_by_experiment ON runs (experiment, sequence);
        CREATE TABLE run_parameters (
            run TEXT NOT NULL REFERENCES runs (id), key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (run, key)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE run_tags (
            run TEXT NOT NULL REFERENCES runs (id), key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (run, key)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE run_metrics (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            run TEXT NOT NULL REFERENCES runs (id), key TEXT NOT NULL, value REAL,
            step INTEGER NOT NULL, at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX run_metrics_by_key ON run_metrics (run, key, step, at, sequence);
        """

    private static let releases = """
        CREATE TABLE releases (
            digest TEXT PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL CHECK (version > 0),
            run TEXT REFERENCES runs (id), manifest TEXT NOT NULL, created_at INTEGER NOT NULL,
            UNIQUE (name, version)
        ) STRICT;
        """

    /// The current pointer of an endpoint is its last move, so that history and pointer cannot disagree.
    private static let routes = """
        CREATE TABLE route_moves (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            endpoint TEXT NOT NULL, release TEXT NOT NULL REFERENCES releases (digest),
            previous TEXT REFERENCES releases (digest), action TEXT NOT NULL CHECK (action IN ('deploy', 'rollback')),
            moved_by TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX route_moves_by_endpoint ON route_moves (endpoint, sequence);
        """

    private static let activations = """
        CREATE TABLE activations (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            endpoint TEXT NOT NULL, release TEXT NOT NULL REFERENCES releases (digest), process TEXT NOT NULL,
            from_time INTEGER NOT NULL, last_seen INTEGER NOT NULL, until_time INTEGER,
            CHECK (last_seen >= from_time), CHECK (until_time >= from_time)
        ) STRICT;
        CREATE INDEX activations_by_endpoint ON activations (endpoint, from_time);
        CREATE UNIQUE INDEX activations_open ON activations (process, endpoint) WHERE until_time IS NULL;
        """

    private static func appendOnly(_ table: String) -> String {
        ["UPDATE", "DELETE"].map { verb in
            """
            CREATE TRIGGER \(table)_refuse_\(verb.lowercased()) BEFORE \(verb) ON \(table)
            BEGIN SELECT RAISE(ABORT, '\(table) is append-only'); END;
            """
        }.joined(separator: "\n")
    }
}
