import CEngines.LibPQ
import MartletCore

/// Opening a connection.
struct PostgreSQLLogin {
    /// The oldest version that has all that is used; 15 is tested.
    static let versionMin = 130_000
    /// How long connecting may take, for each address of the host.
    static let connectSecondsMax = 10
    /// How long a group of writes waits for that of another process.
    static let lockSecondsMax = 10
    /// After how many seconds a transaction is ended by the server when this process stands still within it, and lets others write.
    static let silenceSecondsMax = 60

    /// Lets one process write at a time, as SQLite does; the lock ends with the transaction, whose identifier comes second. The number
    /// spells 'martlet'.
    static let writeLock = "SELECT pg_advisory_xact_lock(30787916668888436), CAST(pg_current_xact_id() AS TEXT)"

    /// Plans that would be slow without statistics, which tables that have just been filled do not have: statements are written to be
    /// carried out by indexes and in the order of their joins, as SQLite does it. What cannot be done otherwise is done all the same.
    /// Nor does a statement get workers beside it: starting them takes longer than what such a statement does.
    static let avoidedPlans = ["bitmapscan", "hashjoin", "material", "mergejoin", "seqscan"]

    static let settings = """
        SELECT set_config('lock_timeout', '\(lockSecondsMax)s', false),
            set_config('idle_in_transaction_session_timeout', '\(silenceSecondsMax)s', false),
            set_config('client_min_messages', 'warning', false), set_config('standard_conforming_strings', 'on', false),
            \(avoidedPlans.map { "set_config('enable_\($0)', 'off', false)" }.joined(separator: ", ")),
            set_config('jit', 'off', false), set_config('join_collapse_limit', '1', false),
            set_config('max_parallel_workers_per_gather', '0', false),
            set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'
                ELSE current_setting('synchronous_commit') END, false)
        """

    private let address: PostgreSQLAddress
    private let functions: martlet_libpq

    init(_ address: PostgreSQLAddress) throws {
        self.address = address
        functions = try PostgreSQLLibrary.shared().functions
    }

    /// Connects, and waits for that.
    func connect() throws -> PostgreSQLPipeline {
        // Those before the URL are what it may say otherwise.
        let options: KeyValuePairs = [
            "connect_timeout": "\(Self.connectSecondsMax)", "tcp_user_timeout": "30000", "gssencmode": "disable",
            "target_session_attrs": "read-write", "dbname": address.url, "application_name": "martlet", "client_encoding": "UTF8",
        ]
        let handle = Self.withStrings(options.map(\.key)) { keywords in
            Self.withStrings(options.map(\.value)) { functions.PQconnectdbParams(keywords, $0, 1) }
        }
        guard let handle else { throw MartletError(.unavailable, "libpq has no memory for a connection to '\(address)'") }
        let pipeline = PostgreSQLPipeline(functions, handle)
        guard !pipeline.isLost else { throw refusal(handle).error(address) }
        // Notices would go to standard error.
        _ = functions.PQsetNoticeProcessor(handle, { _, _ in }, nil)
        try check(handle)
        guard functions.PQenterPipelineMode(handle) == 1 else { throw refusal(handle).error(address) }
        return pipeline
    }

    private func check(_ handle: OpaquePointer) throws {
        let version = Int(functions.PQserverVersion(handle))
        guard version >= Self.versionMin else {
            throw MartletError(
                .unavailable,
                "the database '\(address)' is of PostgreSQL \(version / 10_000), expected \(Self.versionMin / 10_000) or newer")
        }
        let encoding = functions.PQparameterStatus(handle, "server_encoding").map { String(cString: $0) } ?? ""
        guard encoding == "UTF8" else {
            throw MartletError(
                .unavailable, "the database '\(address)' has the encoding \(encoding), expected UTF8; make it with 'createdb -E UTF8'")
        }
    }

    /// libpq tells no code of a refused connection.
    private func refusal(_ handle: OpaquePointer) -> PostgreSQLFailure {
        let said = functions.PQerrorMessage(handle).map { String(cString: $0) } ?? ""
        let isMissing = said.contains("FATAL:  database \"") && said.contains("does not exist")
        return PostgreSQLFailure(state: isMissing ? "3D000" : "", message: said, isLost: false)
    }

    /// Calls a closure with C's strings and a null behind them.
    private static func withStrings<Value>(_ texts: [String], _ body: ([UnsafePointer<CChar>?]) -> Value) -> Value {
        let bytes = texts.map(\.utf8CString)
        func call(_ done: [UnsafePointer<CChar>?], _ rest: ArraySlice<ContiguousArray<CChar>>) -> Value {
            guard let first = rest.first else { return body(done + [nil]) }
            return first.withUnsafeBufferPointer { call(done + [$0.baseAddress], rest.dropFirst()) }
        }
        return call([], bytes[...])
    }
}
