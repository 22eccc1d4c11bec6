import MartletStore

/// Reading what runs logged: one query for each table and page.
extension TrackingSession {
    /// The runs with all that they logged, in the same order.
    func complete(_ runs: [NumberedRun], withModelInputs: Bool) throws -> [TrackedRun] {
        var complete = runs.map { TrackedRun($0.info) }
        let sorted = runs.indices.sorted { runs[$0].number < runs[$1].number }
        for list in NumberList.lists(of: sorted.map { runs[$0].number }) {
            try addMetrics(list, RunCursor(runs, sorted), &complete)
            try addTexts("tracked_run_parameters", list, RunCursor(runs, sorted)) { complete[$0].parameters.append($1) }
            try addTexts("tracked_run_tags", list, RunCursor(runs, sorted)) { complete[$0].tags.append($1) }
            try addDatasets(list, RunCursor(runs, sorted), &complete)
            try addModels(list, RunCursor(runs, sorted), withInputs: withModelInputs, &complete)
        }
        return complete
    }

    private func addMetrics(_ list: NumberList, _ cursor: RunCursor, _ runs: inout [TrackedRun]) throws {
        let sql = "SELECT run, key, step, at, value, is_nan FROM latest_metrics WHERE run IN (\(list.placeholders)) ORDER BY run, key"
        try connection.query(sql, list.values) { row in
            guard let place = cursor.place(of: row.integer(0)) else { return }
            runs[place].metrics.append(MetricPoint(row: row, from: 2).metric(try keys.name(of: row.integer(1))))
        }
    }

    private func addTexts(_ table: String, _ list: NumberList, _ cursor: RunCursor, _ add: (Int, KeyedText) -> Void) throws {
        let sql = "SELECT run, key, value FROM \(table) WHERE run IN (\(list.placeholders)) ORDER BY run, key"
        try connection.query(sql, list.values) { row in
            guard let place = cursor.place(of: row.integer(0)) else { return }
            add(place, KeyedText(try keys.name(of: row.integer(1)), row.text(2)))
        }
    }

    private func addDatasets(_ list: NumberList, _ cursor: RunCursor, _ runs: inout [TrackedRun]) throws {
        var places: [Int64: (run: Int, input: Int)] = [:]
        let sql = """
            SELECT i.run, i.number, d.name, d.digest, d.source_type, d.source, d.schema, d.profile
            FROM run_datasets AS i JOIN tracked_datasets AS d ON d.number = i.dataset
            WHERE i.run IN (\(list.placeholders)) ORDER BY i.run, i.number
            """
        try connection.query(sql, list.values) { row in
            guard let place = cursor.place(of: row.integer(0)) else { return }
            places[row.integer(1)] = (place, runs[place].datasets.count)
            runs[place].datasets.append(DatasetInput(row: row))
        }
        for inputs in NumberList.lists(of: places.keys.sorted()) {
            let sql = "SELECT input, key, value FROM run_dataset_tags WHERE input IN (\(inputs.placeholders)) ORDER BY number"
            try connection.query(sql, inputs.values) { row in
                guard let place = places[row.integer(0)] else { return }
                runs[place.run].datasets[place.input].tags.append(KeyedText(row.text(1), row.text(2)))
            }
        }
    }

    private func addModels(_ list: NumberList, _ cursor: RunCursor, withInputs: Bool, _ runs: inout [TrackedRun]) throws {
        let sql = "SELECT run, is_output, model, step FROM run_models WHERE run IN (\(list.placeholders)) ORDER BY run, number"
        try connection.query(sql, list.values) { row in
            guard let place = cursor.place(of: row.integer(0)) else { return }
            if row.flag(1) {
                runs[place].modelOutputs.append(ModelOutput(row.text(2), step: row.integer(3)))
            } else if withInputs {
                runs[place].modelInputs.append(row.text(2))
            }
        }
    }
}

/// Finds the places of runs whose numbers come in rising order.
private final class RunCursor {
    private let runs: [NumberedRun]
    private let sorted: [Int]
    private var next = 0

    /// - Parameter sorted: the places of the runs by their numbers.
    init(_ runs: [NumberedRun], _ sorted: [Int]) {
        self.runs = runs
        self.sorted = sorted
    }

    func place(of number: Int64) -> Int? {
        while next < sorted.count, runs[sorted[next]].number < number { next += 1 }
        return next < sorted.count && runs[sorted[next]].number == number ? sorted[next] : nil
    }
}

extension DatasetInput {
    /// Reads the columns behind a run's and an input's numbers.
    fileprivate init(row: any SQLRow) {
        self.init(
            name: row.text(2), digest: row.text(3), sourceType: row.text(4), source: row.text(5), schema: row.optionalText(6),
            profile: row.optionalText(7))
    }
}
