import Foundation
import MartletCore
import Testing

struct ModelCardTests {
    private let brand = Column("brand", .integer([1, 1, 2, 2, 3]))
    private let store = Column("store", .integer([1, 2, 1, 2, 1]))

    private func input(_ values: Column.Values, by explanations: [Column]) -> InputColumn {
        InputColumn(training: Column("competitor_1", values), explanations: explanations)
    }

    @Test func `a column that was never missing is required`() {
        let input = input(.real([3, 1, 2, 5, 4]), by: [brand])
        #expect(input.presence == .required)
        #expect(input.minimum == 1 && input.maximum == 5 && !input.isText)
    }

    @Test func `a column that was missing exactly where another has a value may be missing there`() {
        let input = input(.real([.nan, .nan, 2, 3, 4]), by: [store, brand])
        #expect(input.presence == .requiredUnless(column: "brand", values: ["1"]))
        #expect(input.minimum == 2 && input.maximum == 4)
    }

    @Test func `one present value among them makes it optional`() {
        #expect(input(.real([.nan, 9, 2, 3, 4]), by: [store, brand]).presence == .optional)
    }

    @Test func `a value that another column misses can explain too`() {
        let reason = Column("reason", .text([nil, nil, "x", "x", "x"]))
        #expect(input(.real([.nan, .nan, 2, 3, 4]), by: [reason]).presence == .requiredUnless(column: "reason", values: [""]))
    }

    @Test func `the first column that explains is named`() {
        let other = Column("other", .text(["a", "a", "b", "b", "b"]))
        let presence = input(.integer([nil, nil, 2, 3, 4]), by: [other, brand]).presence
        #expect(presence == .requiredUnless(column: "other", values: ["a"]))
    }

    @Test func `a column that was always missing is optional and has no range`() {
        let input = input(.real([.nan, .nan, .nan, .nan, .nan]), by: [brand])
        #expect(input.presence == .optional && input.minimum == nil && input.maximum == nil)
    }

    @Test func `texts have no range, and infinite numbers do not count`() {
        #expect(input(.text(["a", "b", "c", "d", "e"]), by: []).isText)
        #expect(input(.text(["1", "2", "3", "4", "5"]), by: []).minimum == nil)
        #expect(input(.real([1, 2, .infinity, 3, 4]), by: []).maximum == 4)
    }

    @Test func `a card is the same after being written and read`() throws {
        let card = ModelCard(
            name: "demand", target: "units", features: ["price", "brand"], categories: ["brand": ["1", "2"]],
            view: ["name": "shelf"], timeKind: "integer", scale: .log(factors: ["1": 1.1], fallback: 1.05), scaleBy: "brand",
            inputs: [input(.real([.nan, .nan, 2, 3, 4]), by: [brand]), input(.real([1, 2, 3, 4, 5]), by: [])], trees: 12,
            seed: 7
        )
        #expect(try JSONValue(encoding: card).decoded(as: ModelCard.self) == card)
    }
}

struct ResponseScaleTests {
    @Test func `the factor is the mean of exp(residual), by group and over all`() throws {
        let scale = ResponseScale(residuals: [0.5, -0.5, 0.2, 0.1], groups: ["a", "a", "b", nil])
        guard case .log(let factors, let fallback) = scale else { return #expect(Bool(false), "not a log scale") }
        #expect(Set(factors.keys) == ["a", "b"])
        let a = try #require(factors["a"])
        let b = try #require(factors["b"])
        // Sums of four numbers near 1.
        #expect(abs(a - (exp(0.5) + exp(-0.5)) / 2) < 1e-15)
        #expect(abs(b - exp(0.2)) < 1e-15)
        #expect(abs(fallback - (exp(0.5) + exp(-0.5) + exp(0.2) + exp(0.1)) / 4) < 1e-15)
    }

    @Test func `a group that was not seen, or none, has the factor of all`() {
        let scale = ResponseScale.log(factors: ["a": 2], fallback: 3)
        #expect(scale.quantity(0, group: "a") == 2 && scale.quantity(0, group: "z") == 3 && scale.quantity(0, group: nil) == 3)
        #expect(ResponseScale.identity.quantity(-4, group: "a") == -4)
    }

    @Test func `without residuals the factor is 1`() {
        #expect(ResponseScale(residuals: [], groups: []) == .log(factors: [:], fallback: 1))
    }

    @Test func `smearing takes the bias of exp away`() {
        var random = SplitMix64(seed: 11)
        let residuals = (0..<20_000).map { _ in
            (-2 * log(1 - random.unit())).squareRoot() * cos(2 * .pi * random.unit())
        }
        let scale = ResponseScale(residuals: residuals, groups: residuals.map { _ in nil })
        // The mean of a log-normal is exp(½); five standard errors of it, from its variance (e − 1) · e.
        let limit = 5 * ((exp(1.0) - 1) * exp(1.0) / 20_000).squareRoot()
        #expect(abs(scale.quantity(0, group: nil) - exp(0.5)) < limit)
    }
}
