import MartletCore

/// A rule about single rows, as SQL over the converted columns.
struct RowCheck {
    /// `column: rule`, as the quarantine tells it.
    let reason: String
    /// True for rows that break the rule.
    let condition: String

    /// All rules of a column about its own value.
    static func all(of conversion: ColumnConversion) -> [RowCheck] {
        let property = conversion.property
        let value = conversion.value
        var checks = [RowCheck(reason: "\(property.name): type", condition: conversion.broken)]
        if property.isRequired {
            checks.append(
                RowCheck(
                    reason: "\(property.name): required", condition: "(\(value) IS NULL AND NOT \(conversion.broken))")
            )
        }
        return checks
            + property.constraints.map { constraint in
                RowCheck(
                    reason: "\(property.name): \(constraint.key)",
                    condition: condition(breaking: constraint, value, property.type)
                )
            }
    }

    /// True where a value breaks a constraint, null where it is missing.
    static func condition(breaking constraint: Constraint, _ value: String, _ type: LogicalType) -> String {
        switch constraint {
        case .minimum(let bound): "(\(value) < \(SQLLiteral.of(bound, as: type)))"
        case .exclusiveMinimum(let bound): "(\(value) <= \(SQLLiteral.of(bound, as: type)))"
        case .maximum(let bound): "(\(value) > \(SQLLiteral.of(bound, as: type)))"
        case .exclusiveMaximum(let bound): "(\(value) >= \(SQLLiteral.of(bound, as: type)))"
        case .multipleOf(let factor): "(\(notMultiple(of: factor, value, type)))"
        case .minimumLength(let length): "(length(\(value)) < \(length))"
        case .maximumLength(let length): "(length(\(value)) > \(length))"
        case .pattern(let pattern): "(NOT regexp_matches(\(value), \(SQLLiteral.quoted(pattern))))"
        case .validValues(let values):
            values.isEmpty ? "(\(value) IS NOT NULL)" : "(\(value) NOT IN (\(SQLLiteral.list(values, as: type))))"
        case .missingValues(let values):
            values.isEmpty ? "FALSE" : "(\(value) IN (\(SQLLiteral.list(values, as: type))))"
        }
    }

    private static func notMultiple(of factor: Double, _ value: String, _ type: LogicalType) -> String {
        if type == .integer, let whole = Int64(exactly: factor) { return "\(value) % \(whole) <> 0" }
        let quotient = "(\(value) / CAST('\(factor)' AS DOUBLE))"
        return "abs(\(quotient) - round(\(quotient))) > 1e-9 * greatest(1, abs(\(quotient)))"
    }
}
