/// The file that the first released schema made, with a record of each kind, as `sqlite3 .dump` writes it.
/// Never edited.
enum RecordsVersion1 {
    static let release = "sha256:1a2064402d2ffcdfe2eaa7ad0ca92e485bc78a4487135800edc4036e47385b79"

    static let sql = """
        BEGIN TRANSACTION;
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
        INSERT INTO grdb_migrations VALUES('1');
        CREATE TABLE step_executions (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            step TEXT NOT NULL, key TEXT NOT NULL,
            key_parts TEXT NOT NULL, outputs TEXT NOT NULL, summary TEXT NOT NULL,
            started_at INTEGER NOT NULL, finished_at INTEGER NOT NULL,
            UNIQUE (step, key)
        ) STRICT;
        INSERT INTO step_executions
        VALUES(1,'train','sha256:8254c329a92850f6d539dd376f4816ee2764517da5e0235514af433164480d7a',
        '{}','{"model":"sha256:62c66a7a5dd70c3146618063c344e531e6d4b59e379808443ce962b3abd63c5a"}',
        '{}',1704067200000000,1704067200000000);
        CREATE TABLE experiments (name TEXT PRIMARY KEY, created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        INSERT INTO experiments VALUES('pricing',1704067200000000);
        CREATE TABLE runs (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE, experiment TEXT NOT NULL REFERENCES experiments (name), name TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('running', 'finished', 'failed', 'killed')),
            started_at INTEGER NOT NULL, ended_at INTEGER,
            CHECK ((status = 'running') = (ended_at IS NULL))
        ) STRICT;
        INSERT INTO runs VALUES(1,'r1','pricing','first','running',1704067200000000,NULL);
        CREATE TABLE run_parameters (
            run TEXT NOT NULL REFERENCES runs (id), key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (run, key)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO run_parameters VALUES('r1','rate','0.1');
        CREATE TABLE run_tags (
            run TEXT NOT NULL REFERENCES runs (id), key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (run, key)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE run_metrics (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            run TEXT NOT NULL REFERENCES runs (id), key TEXT NOT NULL, value REAL,
            step INTEGER NOT NULL, at INTEGER NOT NULL
        ) STRICT;
        INSERT INTO run_metrics VALUES(1,'r1','rmse',NULL,1,1704067200000000);
        CREATE TABLE releases (
            digest TEXT PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL CHECK (version > 0),
            run TEXT REFERENCES runs (id), manifest TEXT NOT NULL, created_at INTEGER NOT NULL,
            UNIQUE (name, version)
        ) STRICT;
        INSERT INTO releases VALUES('\(release)','demand',1,'r1','{"model":"demand"}',1704153600000000);
        CREATE TABLE route_moves (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            endpoint TEXT NOT NULL, release TEXT NOT NULL REFERENCES releases (digest),
            previous TEXT REFERENCES releases (digest), action TEXT NOT NULL CHECK (action IN ('deploy', 'rollback')),
            moved_by TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL
        ) STRICT;
        INSERT INTO route_moves VALUES(1,'price','\(release)',NULL,'deploy','ann','first',1704240000000000);
        CREATE TABLE activations (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            endpoint TEXT NOT NULL, release TEXT NOT NULL REFERENCES releases (digest), process TEXT NOT NULL,
            from_time INTEGER NOT NULL, last_seen INTEGER NOT NULL, until_time INTEGER,
            CHECK (last_seen >= from_time), CHECK (until_time >= from_time)
        ) STRICT;
        INSERT INTO activations VALUES(1,'price','\(release)','p',1704240000000000,1704240000000000,NULL);
        CREATE INDEX step_executions_by_step ON step_executions (step, sequence);
        CREATE INDEX runs_by_experiment ON runs (experiment, sequence);
        CREATE INDEX run_metrics_by_key ON run_metrics (run, key, step, at, sequence);
        CREATE INDEX route_moves_by_endpoint ON route_moves (endpoint, sequence);
        CREATE INDEX activations_by_endpoint ON activations (endpoint, from_time);
        CREATE UNIQUE INDEX activations_open ON activations (process, endpoint) WHERE until_time IS NULL;
        CREATE TRIGGER releases_refuse_update BEFORE UPDATE ON releases
        BEGIN SELECT RAISE(ABORT, 'releases is append-only'); END;
        CREATE TRIGGER releases_refuse_delete BEFORE DELETE ON releases
        BEGIN SELECT RAISE(ABORT, 'releases is append-only'); END;
        CREATE TRIGGER route_moves_refuse_update BEFORE UPDATE ON route_moves
        BEGIN SELECT RAISE(ABORT, 'route_moves is append-only'); END;
        CREATE TRIGGER route_moves_refuse_delete BEFORE DELETE ON route_moves
        BEGIN SELECT RAISE(ABORT, 'route_moves is append-only'); END;
        COMMIT;
        """
}
