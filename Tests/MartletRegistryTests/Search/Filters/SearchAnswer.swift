import Foundation
import MartletCore
import Testing

@testable import MartletRegistry

/// What MLflow made of a text, as `search_answers.py` recorded it.
struct SearchAnswer: Sendable, CustomTestStringConvertible {
    let kind: SearchKind
    let text: String
    let recorded: JSONValue

    var testDescription: String { "\(kind.rawValue): \(text)" }

    /// All recorded answers to filters or orders.
    static func recorded(_ part: String) throws -> [SearchAnswer] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/search_answers.json")
        return try read(JSONValue(parsing: Data(contentsOf: file), as: "search_answers.json"), part)
    }

    static func read(_ recorded: JSONValue, _ part: String) throws -> [SearchAnswer] {
        try (recorded[part]?.array ?? []).map { item in
            guard let kind = item["kind"]?.string.flatMap(SearchKind.init), let text = item["text"]?.string else {
                throw MartletError(.corrupt, "an answer without kind or text: \(item)")
            }
            return SearchAnswer(kind: kind, text: text, recorded: item)
        }
    }

    /// What differs between MLflow and Martlet in reading the text as a filter; `nil` where nothing does.
    var filterDifference: String? {
        do throws(MartletError) {
            let filter = try SearchFilter(parsing: text, of: kind)
            let written = JSONValue.array(filter.comparisons.map(Self.json))
            if recorded["comparisons"] == written { return nil }
            return "Martlet reads \(written), MLflow \(expectation)"
        } catch {
            return refusalDifference(error)
        }
    }

    /// The same of an order.
    var orderDifference: String? {
        do throws(MartletError) {
            guard let order = try SearchOrder.orders(parsing: [text], of: kind).first else { return "no order" }
            let written: JSONValue = .array([.string(order.entity.rawValue), .string(order.key), .boolean(order.isAscending)])
            return recorded["order"] == written ? nil : "Martlet reads \(written), MLflow \(expectation)"
        } catch {
            return refusalDifference(error)
        }
    }

    /// Where MLflow fails, any refusal will do.
    private func refusalDifference(_ error: MartletError) -> String? {
        let isSame = recorded["failure"] != nil || recorded["refusal"]?.string == error.message
        return isSame && error.code == .invalidInput ? nil : "Martlet refuses with \(error), MLflow \(expectation)"
    }

    private var expectation: String {
        if let refusal = recorded["refusal"]?.string { return "refuses with \(refusal)" }
        return "reads \(recorded["comparisons"] ?? recorded["order"] ?? recorded["failure"] ?? .null)"
    }

    private static func json(_ comparison: SearchComparison) -> JSONValue {
        let value: JSONValue =
            switch comparison.value {
            case .integer(let integer): ["integer": .integer(integer)]
            case .number(let number): ["number": number.isFinite ? JSONValue(finite: number) : .string(Self.python(number))]
            case .text(let text): .string(text)
            case .texts(let texts): .array(texts.map { .string($0) })
            case .integers(let integers): .array(integers.map { .integer($0) })
            case .nothing: .null
            }
        return .array([.string(comparison.entity.rawValue), .string(comparison.key), .string(comparison.comparator.rawValue), value])
    }

    private static func python(_ number: Double) -> String { number.isNaN ? "nan" : number < 0 ? "-inf" : "inf" }
}
