import MartletStore

/// Writing down what happens to models. Only in a write.
extension TrackingSession {
    func stamp(_ note: ChangeNote, now: Int64) throws -> ChangeStamp {
        let last = try connection.first("SELECT at FROM model_history ORDER BY number DESC LIMIT 1") { $0.integer(0) }
        return ChangeStamp(note: note, now: now, at: max(now, last ?? now))
    }

    func record(
        _ kind: ModelEvent.Kind, _ place: ModelPlace, version: Int64? = nil, alias: String? = nil, previous: String? = nil,
        present: String? = nil, _ stamp: ChangeStamp
    ) throws {
        try connection.execute(
            """
            INSERT INTO model_history (model, name, at, who, why, kind, version, alias, previous, present)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .integer(place.number), .text(place.name), .integer(stamp.at), .text(stamp.note.who), .optional(stamp.note.why),
                .text(kind.rawValue), .optional(version), .optional(alias), .optional(previous), .optional(present),
            ])
    }

    /// Writes down one event for each row of a query, in its order. The other arguments are expressions of SQL.
    func recordEach(
        _ kind: ModelEvent.Kind, of place: ModelPlace, version: String = "NULL", alias: String = "NULL", previous: String = "NULL",
        present: String = "NULL", from rows: SQLPart, _ stamp: ChangeStamp
    ) throws {
        try connection.execute(
            """
            INSERT INTO model_history (model, name, at, who, why, kind, version, alias, previous, present)
            SELECT CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT),
                CAST(\(version) AS BIGINT), CAST(\(alias) AS TEXT), CAST(\(previous) AS TEXT), CAST(\(present) AS TEXT)
            FROM \(rows.sql)
            """,
            [
                .integer(place.number), .text(place.name), .integer(stamp.at), .text(stamp.note.who), .optional(stamp.note.why),
                .text(kind.rawValue),
            ] + rows.values)
    }

    /// Writes down that a model goes, with all that it has.
    func recordEnd(of place: ModelPlace, _ stamp: ChangeStamp) throws {
        let model: [SQLValue] = [.integer(place.number)]
        try recordEach(
            .aliasDeleted, of: place, alias: "a.alias", previous: "v.version",
            from: SQLPart(
                "registered_model_aliases AS a JOIN model_versions AS v ON v.number = a.version WHERE a.model = ? ORDER BY a.alias", model),
            stamp)
        try recordEach(
            .versionDeleted, of: place, version: "v.version", previous: "v.source",
            from: SQLPart("model_versions AS v WHERE v.model = ? ORDER BY v.version", model), stamp)
        try record(.modelDeleted, place, stamp)
    }
}
