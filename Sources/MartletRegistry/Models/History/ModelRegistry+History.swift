import MartletStore

/// What was when, by the history. An answer costs lookups in indexes, however long the history is.
extension ModelRegistry {
    /// The most events of one page.
    package static let historyCountMax = 10_000

    /// What happened to the models that have or had a name, the first first: also what happened to them under other names.
    /// - Parameters:
    ///   - isPresent: whether only the model counts that has the name now, of which there has to be one.
    ///   - number: events up to this one are left out.
    ///   - limit: the most events of the page, 1…`historyCountMax`.
    package func history(
        of name: String, isPresent: Bool = false, after number: Int64 = 0, limit: Int = historyCountMax
    ) async throws -> TrackingPage<ModelEvent> {
        let limit = min(max(1, limit), Self.historyCountMax)
        return try await read { session in
            let models =
                try isPresent
                ? SQLPart("?", [.integer(session.modelPlace(name).number)])
                : SQLPart(
                    """
                    SELECT model FROM model_history WHERE name = ?
                    UNION SELECT model FROM model_history WHERE kind = 'model-renamed' AND present = ?
                    """, [.text(name), .text(name)])
            let found = try session.connection.all(
                "SELECT \(ModelEvent.columns) FROM model_history WHERE model IN (\(models.sql)) AND number > ? ORDER BY number LIMIT ?",
                models.values + [.integer(number), .integer(Int64(limit) + 1)], ModelEvent.init(row:))
            return TrackingPage(found, limit: limit)
        }
    }

    /// All that happened to them, page by page; memory grows with it. - Parameter pageCount: the most events of a page.
    package func wholeHistory(of name: String, pageCount: Int = historyCountMax) async throws -> [ModelEvent] {
        var events: [ModelEvent] = []
        while true {
            let page = try await history(of: name, after: events.last?.number ?? 0, limit: pageCount)
            events += page.elements
            guard page.hasMore else { return events }
        }
    }

    /// The aliases of the model that had a name at a time, by their names; none where there was no such model.
    /// - Parameters:
    ///   - isPresent: whether only the model counts that has the name now, of which there has to be one.
    ///   - time: milliseconds since 1970 UTC.
    package func aliases(of name: String, isPresent: Bool = false, at time: Int64) async throws -> [ModelAlias] {
        try await read { session in
            let present = try isPresent ? session.modelPlace(name).number : nil
            guard let model = try session.model(named: name, at: time), present == nil || model == present else { return [] }
            return try session.connection.all(
                """
                SELECT alias, version FROM model_history WHERE number IN (
                    SELECT MAX(number) FROM model_history WHERE model = ? AND alias IS NOT NULL AND at <= ? GROUP BY alias
                ) AND version IS NOT NULL ORDER BY alias
                """, [.integer(model), .integer(time)]
            ) { ModelAlias($0.text(0), version: $0.integer(1)) }
        }
    }

    /// The version that an alias stood for at a time, of the model that had a name then; `nil` where it stood for none.
    /// - Parameter time: milliseconds since 1970 UTC.
    package func version(alias: String, of name: String, at time: Int64) async throws -> Int64? {
        try await read { session in
            guard let model = try session.model(named: name, at: time) else { return nil }
            return try session.connection.first(
                """
                SELECT version FROM model_history WHERE model = ? AND alias = ? AND alias IS NOT NULL AND at <= ?
                ORDER BY at DESC, number DESC LIMIT 1
                """, [.integer(model), .text(alias), .integer(time)]
            ) { $0.optionalInteger(0) } ?? nil
        }
    }
}

extension TrackingSession {
    /// The number of the model that had a name at a time; `nil` where there was none.
    fileprivate func model(named name: String, at time: Int64) throws -> Int64? {
        let last = try connection.first(
            """
            SELECT model, is_named FROM (
                SELECT number, model, CASE kind WHEN 'model-created' THEN 1 ELSE 0 END AS is_named FROM model_history
                WHERE name = ? AND kind IN ('model-created', 'model-renamed', 'model-deleted') AND at <= ?
                UNION ALL SELECT number, model, 1 FROM model_history WHERE kind = 'model-renamed' AND present = ? AND at <= ?
            ) AS namings ORDER BY number DESC LIMIT 1
            """, [.text(name), .integer(time), .text(name), .integer(time)]
        ) { (number: $0.integer(0), isNamed: $0.flag(1)) }
        return last.flatMap { $0.isNamed ? $0.number : nil }
    }
}

extension ModelEvent {
    static let columns = "number, name, at, who, why, kind, version, alias, previous, present"

    /// Reads `columns`.
    init(row: any SQLRow) {
        self.init(
            number: row.integer(0), model: row.text(1), at: row.integer(2), note: ChangeNote(who: row.text(3), why: row.optionalText(4)),
            // No other kind is ever written.
            kind: Kind(rawValue: row.text(5)) ?? .modelCreated, version: row.optionalInteger(6), alias: row.optionalText(7),
            from: row.optionalText(8), to: row.optionalText(9))
    }
}
