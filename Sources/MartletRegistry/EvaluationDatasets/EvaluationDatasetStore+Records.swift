package import MartletCore
import MartletStore

extension EvaluationDatasetStore {
    /// The most records of a page.
    package static let recordPageCountMax = 50_000

    /// Adds records, or merges them into those with equal inputs: outputs are replaced, expectations and tags merged. All or none.
    /// - Parameter records: a JSON array of objects with `inputs`, `outputs`, `expectations`, `tags` and `source`.
    package func upsert(_ records: PythonValue, into id: String) async throws -> (inserted: Int, updated: Int) {
        let drafts = try EvaluationRecordDraft.drafts(of: records)
        let ids = drafts.map { _ in "dr-" + tracking.makeID() }
        let time = tracking.now
        return try await tracking.write { session in
            guard let found = try session.evaluationDataset(id) else {
                if drafts.isEmpty { return (0, 0) }
                throw TrackingFault(.badRequest, "(sqlite3.IntegrityError) FOREIGN KEY constraint failed")
            }
            var inserted = 0
            for (draft, id) in zip(drafts, ids) where try !session.merge(draft, found.number, at: time) {
                try session.insert(draft, id: id, found.number, at: time)
                inserted += 1
            }
            try session.update(found, with: drafts, at: time)
            return (inserted, drafts.count - inserted)
        }
    }

    /// The records of a dataset in the order in which they were added; none where it is not there.
    /// - Parameter token: of the page before.
    package func records(
        of id: String, limit: Int, token: String = ""
    ) async throws -> (records: [EvaluationRecord], next: String?) {
        try TrackingStore.check(limit: limit)
        let limit = min(limit, Self.recordPageCountMax)
        let start = token.isEmpty ? nil : try RecordPageToken(parsing: token)
        return try await tracking.read { session in
            var (condition, values): (String, [SQLValue]) = ("", [.text(id)])
            if let start {
                condition = " AND (r.created_at > ? OR (r.created_at = ? AND r.id > ?))"
                values += [.integer(start.createdAt), .integer(start.createdAt), .text(start.id)]
            }
            let found = try session.connection.all(
                """
                SELECT \(EvaluationRecord.columns) FROM evaluation_records AS r JOIN evaluation_datasets AS d ON d.number = r.dataset
                WHERE d.id = ?\(condition) ORDER BY r.created_at, r.id LIMIT ?
                """, values + [.integer(Int64(limit) + 1)], EvaluationRecord.init(row:))
            let page = TrackingPage(found, limit: limit)
            let next = page.hasMore ? page.elements.last.map { RecordPageToken(createdAt: $0.createdAt, id: $0.id).text } : nil
            return (page.elements, next)
        }
    }

    /// Deletes records; those that are not there are passed over. - Returns: how many were deleted.
    package func deleteRecords(_ records: [String], of id: String) async throws -> Int {
        try await tracking.write { session in
            guard let found = try session.evaluationDataset(id) else { return 0 }
            var count = 0
            for record in records {
                count += try session.connection.execute(
                    "DELETE FROM evaluation_records WHERE dataset = ? AND id = ?", [.integer(found.number), .text(record)])
            }
            if count > 0 {
                let left = try session.recordCount(found.number)
                try session.connection.execute(
                    "UPDATE evaluation_datasets SET profile = ? WHERE number = ?",
                    [.text(left > 0 ? EvaluationProfile.text(left) : "null"), .integer(found.number)])
            }
            return count
        }
    }
}

// MARK: - Within a write

extension TrackingSession {
    fileprivate func recordCount(_ dataset: Int64) throws -> Int64 {
        try connection.first("SELECT COUNT(*) FROM evaluation_records WHERE dataset = ?", [.integer(dataset)]) { $0.integer(0) } ?? 0
    }

    /// - Returns: whether there was a record with equal inputs.
    fileprivate func merge(_ draft: EvaluationRecordDraft, _ dataset: Int64, at time: Int64) throws -> Bool {
        let known = try connection.first(
            "SELECT number, expectations, tags, outputs FROM evaluation_records WHERE dataset = ? AND input_digest = ?",
            [.integer(dataset), .text(EvaluationRecord.digest(of: .object(draft.inputs)))]
        ) { row in (number: row.integer(0), expectations: row.optionalText(1), tags: row.text(2), outputs: row.optionalText(3)) }
        guard let known else { return false }
        let expectations = draft.expectations.isEmpty ? known.expectations : try draft.expectations.merged(into: known.expectations)
        let outputs = draft.hasOutputs ? draft.outputs.map { PythonJSON.text($0) } : known.outputs
        try connection.execute(
            """
            UPDATE evaluation_records SET outputs = ?, expectations = ?, tags = ?, updated_at = ?, updated_by = COALESCE(?, updated_by)
            WHERE number = ?
            """,
            [
                .optional(outputs), .optional(expectations), .text(try draft.tags.merged(into: known.tags)), .integer(time),
                .optional(draft.user), .integer(known.number),
            ])
        return true
    }

    fileprivate func insert(_ draft: EvaluationRecordDraft, id: String, _ dataset: Int64, at time: Int64) throws {
        let record = EvaluationRecord(
            id: id, dataset: "", inputs: .object(draft.inputs), outputs: draft.hasOutputs ? draft.outputs : [:],
            expectations: draft.expectations.isEmpty ? nil : .object(draft.expectations), tags: .object(draft.tags), source: draft.source,
            createdAt: time, updatedAt: time, createdBy: draft.user, updatedBy: draft.user)
        try insert(record, dataset)
    }

    /// - Parameter dataset: its number.
    func insert(_ record: EvaluationRecord, _ dataset: Int64) throws {
        func text(_ value: PythonValue?) -> SQLValue { .optional(value.map { PythonJSON.text($0) }) }
        try connection.execute(
            """
            INSERT INTO evaluation_records
                (id, dataset, input_digest, inputs, outputs, expectations, tags, source, created_at, updated_at, created_by, updated_by)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(record.id), .integer(dataset), .text(EvaluationRecord.digest(of: record.inputs)), text(record.inputs),
                text(record.outputs), text(record.expectations), text(record.tags), text(record.source), .integer(record.createdAt),
                .integer(record.updatedAt), .optional(record.createdBy), .optional(record.updatedBy),
            ])
    }

    /// What a dataset tells of its records.
    fileprivate func update(_ found: NumberedDataset, with drafts: [EvaluationRecordDraft], at time: Int64) throws {
        let count = try recordCount(found.number)
        let profile = count > 0 ? EvaluationProfile.text(count) : found.dataset.profile
        try connection.execute(
            "UPDATE evaluation_datasets SET updated_at = ?, updated_by = ?, digest = ?, schema = ?, profile = ? WHERE number = ?",
            [
                .integer(max(found.dataset.createdAt, time)), .optional(drafts.compactMap(\.user).last),
                .text(EvaluationDatasetStore.digest(found.dataset.name, time)),
                .optional(try EvaluationProfile.schema(found.dataset.schema, with: drafts)), .optional(profile), .integer(found.number),
            ])
    }
}

extension PythonMembers {
    /// The text of an object with these members in place of its own of those names.
    fileprivate func merged(into text: String?) throws -> String {
        var known = try text.flatMap { try PythonValue(parsing: $0, as: "a stored record").object } ?? PythonMembers()
        known.update(self)
        return PythonJSON.text(.object(known))
    }
}

extension EvaluationRecord {
    fileprivate static let columns = """
        r.id, d.id, r.inputs, r.outputs, r.expectations, r.tags, r.source, r.created_at, r.updated_at, r.created_by, r.updated_by
        """

    /// By which equal inputs are found, whatever the order of their members; `1` and `1.0` are two.
    fileprivate static func digest(of inputs: PythonValue) -> String { Digest(of: PythonJSON.text(inputs, sorted: true)).hex }

    /// Reads `columns`.
    fileprivate init(row: any SQLRow) throws {
        func value(_ column: Int) throws -> PythonValue? {
            try row.optionalText(column).map { try PythonValue(parsing: $0, as: "a stored record") }
        }
        self.init(
            id: row.text(0), dataset: row.text(1), inputs: try value(2) ?? [:], outputs: try value(3), expectations: try value(4),
            tags: try value(5) ?? [:], source: try value(6), createdAt: row.integer(7), updatedAt: row.integer(8),
            createdBy: row.optionalText(9), updatedBy: row.optionalText(10))
    }
}
