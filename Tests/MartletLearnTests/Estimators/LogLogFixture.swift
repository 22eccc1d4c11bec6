import Foundation
import MartletCore
import MartletLearn

/// Rows and coefficients that statsmodels computed; `make-log-log.py` writes them.
struct LogLogFixture {
    let rows: LabelledRows
    let groups: [String: FittedLogLogRule.Group]

    init() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let bytes = try Data(contentsOf: folder.appendingPathComponent("Fixtures/log-log.json"))
        let fixture = try JSONValue(parsing: bytes, as: "log-log.json")
        func numbers(_ name: String) -> [Double] { (fixture["columns"]?[name]?.array ?? []).map { $0.double ?? .nan } }
        func texts(_ name: String) -> [String?] { (fixture["columns"]?[name]?.array ?? []).map(\.string) }
        let table = Table(
            ["brand", "store"].map { Column($0, .text(texts($0))) }
                + ["price", "deal", "feature", "income", "share"].map { Column($0, .real(numbers($0))) }
        )
        rows = LabelledRows(features: FeatureRows(columns: table), target: numbers("log_units"))
        groups = try (fixture["groups"] ?? .null).decoded(as: [String: FittedLogLogRule.Group].self)
    }

    static let rule = LogLogRule(
        price: "price", group: "brand", effect: "store", covariates: ["deal", "feature", "income", "share"]
    )
}

extension Estimator {
    /// A fit that nobody watches.
    func fitted(_ training: LabelledRows, _ validation: LabelledRows? = nil, seed: UInt64 = 1) throws -> Model {
        try fit(training: training, validation: validation, seed: seed) { _, _ in }
    }
}
