import MartletCore
import MartletStore

/// Which tables and columns a database of MLflow's has: they came with its versions.
struct SourceTables: Sendable {
    /// MLflow's revisions of its schema that are known here, the oldest first: of MLflow 1.0 to 3.17.2.
    static let revisions = """
        451aebb31d03 90e64c465722 181f10493468 df50e92ffc5e 7ac759974ad8 89d4b8295536 2b4d017a5e9b cfd24bdc0731 0a8213491aaa 728d730b5ebd \
        27a6a02d2cf1 84291f40a231 a8c4a736bde6 39d1c3be5f05 c48cb773bb87 bd07f7e963c5 0c779009ac13 cc1f77228345 97727af70f4d 3500859a5d39 \
        7f2a7d5fae7d 2d6e25af4d3e acf3f17fdcc7 867495a8f9d4 5b0e9adcef9c 4465047574b1 f5a4f2784254 0584bdc529eb 400f98739977 6953534de441 \
        bda7b8c39065 cbc13b556ace 770bee3ae1dd a1b2c3d4e5f6 de4033877273 1a0cddfcaa16 534353b11cbc 71994744cf8e 3da73c924c2f bf29a5ff90ea \
        1bd49d398cd23 b7c8d9e0f1a2 5d2d30f0abce c9d4e5f6a7b8 2c33131f4dae d3e4f5a6b7c8 d0e1f2a3b4c5 c8d9e0f1a2b3 1b5f0d9ad7c1 e1f2a3b4c5d6 \
        76601a5f987d c3d6457b6d8a a5b4c3d2e1f0 ae8bbe7743c9 7d34483879f0 da6fb0208061 89d3d66ed43f b7e4c1a90f23 a8b9c0d1e2f3 c1d2e3f4a5b6 \
        c3d9e7f1a2b4 6f8d9c3b2a1e 1971f2d9a75b 17e22815139b b7e2c1a4d9f3 75868b020152 dc11669786a5
        """.split(separator: " ").map(String.init)

    /// As `table.column`.
    private let columns: Set<String>

    /// - Parameter name: of the database, for messages.
    /// - Throws: `invalidInput` where it is no database of MLflow's, or of a version that is not known here.
    init(_ connection: any SQLConnection, name: String) throws {
        let sql =
            switch connection.dialect {
            case .sqlite:
                "SELECT m.name || '.' || p.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS p WHERE m.type = 'table'"
            case .postgresql:
                """
                SELECT CAST(table_name AS TEXT) || '.' || CAST(column_name AS TEXT) FROM information_schema.columns
                WHERE table_schema = current_schema()
                """
            }
        columns = Set(try connection.all(sql) { $0.text(0) })
        guard columns.contains("alembic_version.version_num"), columns.contains("experiments.experiment_id") else {
            throw MartletError(.invalidInput, "the database '\(name)' holds no tables of MLflow's; name the one that its server uses")
        }
        let revision = try connection.first("SELECT version_num FROM alembic_version") { $0.text(0) } ?? ""
        guard Self.revisions.contains(revision) else {
            throw MartletError(
                .invalidInput,
                "the database '\(name)' has MLflow's schema '\(revision.prefix(40))', known are those of MLflow 1.0 "
                    + "(\(Self.revisions[0])) to 3.17.2 (\(Self.revisions[Self.revisions.count - 1])); use a newer martlet, or "
                    + "'mlflow db upgrade' for an older schema"
            )
        }
    }

    func has(_ table: String) -> Bool { columns.contains { $0.hasPrefix(table + ".") } }

    /// A column, or what stands for it where there is none. - Parameter alias: of the table in the statement.
    func column(_ table: String, _ name: String, as alias: String = "", else absent: String = "NULL") -> String {
        guard columns.contains("\(table).\(name)") else { return absent }
        return alias.isEmpty ? "\"\(name)\"" : "\(alias).\"\(name)\""
    }

    /// A condition for the workspace that every server has; others cannot be told apart here.
    func ofDefaultWorkspace(_ table: String) -> String {
        columns.contains("\(table).workspace") ? "workspace = 'default'" : "1 = 1"
    }
}
