import MartletStore

/// Which traces of an experiment are deleted.
package enum TraceSelection: Sendable, Equatable {
    case ids([String])
    /// Those that began at a time or before, in milliseconds since 1970 UTC; the oldest first, and no more than a number of them.
    case until(Int64, countMax: Int64?)
}

extension TraceStore {
    /// Deletes traces with all that belongs to them. - Returns: how many there were.
    @discardableResult
    package func delete(_ selection: TraceSelection, experiment: Int64) async throws -> Int {
        if case .ids(let ids) = selection { try Self.check(count: ids.count) }
        return try await tracking.write { session in
            let traces = try session.traces(selection, experiment)
            for list in NumberList.lists(of: traces) { try session.deleteTraces(list) }
            return traces.count
        }
    }

    /// The selection that a client means. - Throws: where it says none, or two.
    package static func selection(
        ids: [String], until time: Int64?, countMax: Int64?
    ) throws(TrackingFault) -> TraceSelection {
        guard time != nil || !ids.isEmpty else {
            throw TrackingFault(.invalidParameterValue, "Either `max_timestamp_millis` or `trace_ids` must be specified.")
        }
        guard let time else {
            guard countMax == nil else {
                throw TrackingFault(.invalidParameterValue, "`max_traces` can't be specified if `trace_ids` is specified.")
            }
            return .ids(ids)
        }
        guard ids.isEmpty else {
            throw TrackingFault(.invalidParameterValue, "Only one of `max_timestamp_millis` and `trace_ids` can be specified.")
        }
        if let countMax, countMax <= 0 {
            throw TrackingFault(.invalidParameterValue, "`max_traces` must be a positive integer, received \(countMax).")
        }
        return .until(time, countMax: countMax)
    }
}

extension TrackingSession {
    /// The numbers of the traces that are meant.
    fileprivate func traces(_ selection: TraceSelection, _ experiment: Int64) throws -> [Int64] {
        switch selection {
        case .ids(let ids): return try traceRows(ids).filter { $0.experiment == experiment }.map(\.number)
        case .until(let time, let countMax):
            return try connection.all(
                "SELECT number FROM traces WHERE experiment = ? AND started_at <= ? ORDER BY started_at, id LIMIT ?",
                [.integer(experiment), .integer(time), .integer(countMax ?? .max)]
            ) { $0.integer(0) }
        }
    }

    func deleteTraces(_ list: NumberList) throws {
        try connection.execute(
            "DELETE FROM trace_links WHERE trace IN (SELECT id FROM traces WHERE number IN (\(list.placeholders)))", list.values)
        for table in ["trace_tags", "trace_metadata", "trace_assessments", "trace_spans"] {
            try connection.execute("DELETE FROM \(table) WHERE trace IN (\(list.placeholders))", list.values)
        }
        try connection.execute("DELETE FROM traces WHERE number IN (\(list.placeholders))", list.values)
    }
}
