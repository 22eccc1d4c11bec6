import MartletCore
import MartletEngines

/// Measures the columns of the typed table, one query a column so that memory stays bounded.
struct Profiler {
    let connection: DuckDBConnection
    let rowCount: Int

    func profile(_ conversion: ColumnConversion) throws -> ColumnProfile {
        switch conversion.property.type {
        case .string: try text(conversion)
        case .boolean: try flag(conversion)
        case .integer, .number: try number(conversion)
        case .date: try time(conversion, format: "%Y-%m-%d")
        case .timestamp: try time(conversion, format: "%Y-%m-%dT%H:%M:%S.%fZ")
        }
    }

    // MARK: Types

    private func number(_ conversion: ColumnConversion) throws -> ColumnProfile {
        let value = conversion.value
        let row = try measures(
            "avg(\(value)) AS mean, \(shares("quantile_cont", "CAST(\(value) AS DOUBLE)"))",
            of: conversion, show: { "CAST(\($0) AS DOUBLE)" }
        )
        return profile(conversion, row, statistic: { $0.double.isNaN ? nil : .number($0.double) })
    }

    private func time(_ conversion: ColumnConversion, format: String) throws -> ColumnProfile {
        let row = try measures(
            "NULL AS mean, \(shares("quantile_disc", conversion.value))",
            of: conversion, show: { "strftime(\($0), '\(format)')" }
        )
        return profile(conversion, row) { if case .text(let text) = $0 { .text(text) } else { nil } }
    }

    private func flag(_ conversion: ColumnConversion) throws -> ColumnProfile {
        let value = conversion.value
        let sql =
            "SELECT count(\(value)) AS present, count(DISTINCT \(value)) AS differing, "
            + "avg(CAST(\(value) AS INTEGER)) AS mean FROM \(BuilderTables.typed)"
        return profile(conversion, try connection.query(sql), statistic: { _ in nil })
    }

    private func text(_ conversion: ColumnConversion) throws -> ColumnProfile {
        let value = conversion.value
        let groups =
            "(SELECT \(value) AS value, count(*) AS rows FROM \(BuilderTables.typed) "
            + "WHERE \(value) IS NOT NULL GROUP BY \(value))"
        let cut = "left(value, \(ColumnProfile.textLengthMax))"
        let whole = try connection.query(
            "SELECT CAST(coalesce(sum(rows), 0) AS BIGINT) AS present, count(*) AS differing, "
                + "left(min(value), \(ColumnProfile.textLengthMax)) AS low, "
                + "left(max(value), \(ColumnProfile.textLengthMax)) AS high "
                + "FROM \(groups)"
        )
        let top = try connection.query(
            "SELECT \(cut) AS text, rows FROM \(groups) ORDER BY rows DESC, value LIMIT \(ColumnProfile.topCount)"
        )
        let texts = try top.column("text")
        let counts = try top.column("rows").integers()
        let frequencies = counts.enumerated().map {
            ColumnProfile.Frequency(value: texts[$0].description, count: Int($1))
        }
        return profile(conversion, whole, top: frequencies) {
            if case .text(let text) = $0 { .text(text) } else { nil }
        }
    }

    // MARK: Queries

    private func shares(_ function: String, _ value: String) -> String {
        "\(function)(\(value), [\(ColumnProfile.quantileShares.map { "\($0)" }.joined(separator: ", "))]) AS shares"
    }

    private func measures(
        _ more: String, of conversion: ColumnConversion, show: (String) -> String
    ) throws -> Table {
        let value = conversion.value
        let quantiles = ColumnProfile.quantileShares.indices.map { "\(show("shares[\($0 + 1)]")) AS q\($0)" }
        return try connection.query(
            "SELECT present, differing, \(show("low")) AS low, \(show("high")) AS high, mean, "
                + "\(quantiles.joined(separator: ", ")) "
                + "FROM (SELECT count(\(value)) AS present, count(DISTINCT \(value)) AS differing, "
                + "min(\(value)) AS low, max(\(value)) AS high, \(more) FROM \(BuilderTables.typed))"
        )
    }

    private func profile(
        _ conversion: ColumnConversion, _ row: Table, top: [ColumnProfile.Frequency] = [],
        statistic: (Value) -> ColumnProfile.Statistic?
    ) -> ColumnProfile {
        let present = Int(row["present"]?[0].double ?? 0)
        let mean = row["mean"]?[0].double
        return ColumnProfile(
            name: conversion.property.name,
            type: conversion.property.type,
            count: rowCount,
            nullCount: rowCount - present,
            distinctCount: Int(row["differing"]?[0].double ?? 0),
            minimum: row["low"].flatMap { statistic($0[0]) },
            maximum: row["high"].flatMap { statistic($0[0]) },
            mean: mean.flatMap { $0.isFinite ? $0 : nil },
            quantiles: ColumnProfile.quantileShares.indices.compactMap { row["q\($0)"].flatMap { statistic($0[0]) } },
            top: top
        )
    }
}
