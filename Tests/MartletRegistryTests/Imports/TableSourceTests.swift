import MartletCore
import MartletRegistry
import MartletStore
import MartletTesting
import Testing

/// Databases that are not as MLflow writes them.
@Suite struct TableSourceTests {
    /// The refusal of a file that a closure fills.
    private func refusal(_ fill: (any SQLDatabase) async throws -> Void) async throws -> MartletError? {
        try await withTemporaryFolder { folder in
            let database = try SQLiteDatabase(path: "\(folder)/mlflow.db")
            try await fill(database)
            try await database.close()
            return await #expect(throws: MartletError.self) { try await SourceOpening.open("sqlite:///\(folder)/mlflow.db").close() }
        }
    }

    @Test func `a database of something else is refused`() async throws {
        let error = try await refusal { database in
            _ = try await database.write { try $0.execute("CREATE TABLE things (name TEXT)") }
        }
        #expect(error?.message.hasSuffix("holds no tables of MLflow's; name the one that its server uses") == true)
    }

    @Test func `a schema that is not known is refused with those that are`() async throws {
        let error = try await refusal { database in
            try await database.write { connection in
                try connection.execute("CREATE TABLE experiments (experiment_id INTEGER)")
                try connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
                try connection.execute("INSERT INTO alembic_version VALUES ('ffffffffffff')")
            }
        }
        #expect(
            error?.message.contains("has MLflow's schema 'ffffffffffff', known are those of MLflow 1.0 (451aebb31d03) to 3.17.2") == true)
    }

    @Test func `a file that is no database is refused`() async throws {
        let error = try await withTemporaryFolder { folder in
            try MLflowFolder(folder: folder).write("mlflow.db", String(repeating: "no database ", count: 500))
            return await #expect(throws: MartletError.self) { try await SourceOpening.open("\(folder)/mlruns/mlflow.db").close() }
        }
        #expect(error?.code == .corrupt)
    }

    @Test(arguments: ["nowhere", "sqlite:///nowhere.db", "mysql://host/mlflow", "https://host:5000"])
    func `what is not there, or of another kind, is refused`(source: String) async {
        let error = await #expect(throws: MartletError.self) { try await SourceOpening.open(source).close() }
        let expected: MartletError.Code = source.contains("nowhere") ? .notFound : .invalidInput
        #expect(error?.code == expected)
    }
}
