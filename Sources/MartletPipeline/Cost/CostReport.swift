package import MartletCore

/// What was used, what it cost and what the cache saved, by project, pipeline, step, model or owner.
package struct CostReport: Sendable, Equatable {
    /// One line of it.
    package struct Line: Sendable, Equatable {
        /// The name; `nil` for what has none, such as steps of no model.
        package let name: String?
        /// How many steps ran, each attempt counted.
        package fileprivate(set) var runCount = 0
        /// How many did not, as their outputs were there.
        package fileprivate(set) var cachedCount = 0
        /// What those that ran used.
        package fileprivate(set) var used = UsageAmount()
        /// What the others would have used.
        package fileprivate(set) var spared = UsageAmount()
        /// What it cost.
        package fileprivate(set) var cost = 0.0
        /// What it would have cost on top without the cache.
        package fileprivate(set) var saved = 0.0

        fileprivate init(name: String?) { self.name = name }

        fileprivate mutating func add(_ record: UsageRecord, _ prices: PriceTable?) {
            let price = prices?.cost(of: record.amount) ?? 0
            if record.cached {
                cachedCount += record.count
                spared = spared + record.amount
                saved += price
            } else {
                runCount += record.count
                used = used + record.amount
                cost += price
            }
        }
    }

    package let dimension: CostDimension
    /// `nil` where nothing has a price: then all costs are 0, and usage alone is told.
    package let currency: String?
    /// The costliest first, then what kept cores busy longest, equal ones by name, what has no name after those.
    package let lines: [Line]
    package let total: Line

    /// Adds up the records from a time on. - Complexity: O(records).
    package init(
        _ records: some Sequence<UsageRecord>, by dimension: CostDimension, since start: Timestamp? = nil, prices: PriceTable?
    ) {
        var lines: [String?: Line] = [:]
        var total = Line(name: nil)
        for record in records where start.map({ record.at >= $0 }) ?? true {
            let name = dimension.name(of: record)
            lines[name, default: Line(name: name)].add(record, prices)
            total.add(record, prices)
        }
        self.dimension = dimension
        currency = prices?.currency
        self.total = total
        self.lines = lines.values.sorted {
            if $0.cost != $1.cost { return $0.cost > $1.cost }
            if $0.used.cpuSeconds != $1.used.cpuSeconds { return $0.used.cpuSeconds > $1.used.cpuSeconds }
            guard let left = $0.name, let right = $1.name else { return $0.name != nil && $1.name == nil }
            return left < right
        }
    }

    /// The report for programs. Times are in seconds, memory in bytes times seconds.
    package var json: JSONValue {
        let isPriced = currency != nil
        return [
            "by": .string(dimension.rawValue), "currency": currency.map(JSONValue.string) ?? .null,
            "lines": .array(lines.map { $0.json(isPriced: isPriced) }), "total": total.json(isPriced: isPriced),
        ]
    }
}

extension CostReport.Line {
    fileprivate func json(isPriced: Bool) -> JSONValue {
        [
            "name": name.map(JSONValue.string) ?? .null, "runs": .integer(Int64(runCount)), "cached": .integer(Int64(cachedCount)),
            "used": used.json, "spared": spared.json, "cost": isPriced ? .number(cost) : .null,
            "saved": isPriced ? .number(saved) : .null,
        ]
    }
}

extension UsageAmount {
    /// The amounts for programs.
    package var json: JSONValue {
        [
            "cpu_seconds": .number(cpuSeconds), "memory_byte_seconds": .number(memoryByteSeconds),
            "accelerator_seconds": .number(acceleratorSeconds), "bytes_read": .integer(bytesRead), "bytes_written": .integer(bytesWritten),
        ]
    }
}
