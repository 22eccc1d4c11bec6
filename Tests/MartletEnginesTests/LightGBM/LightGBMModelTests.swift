import Foundation
import MartletCore
import MartletEngines
import Testing

@Suite struct LightGBMModelTests {
    private let example = LightGBMExample(rows: 400, seed: 1)

    @Test func `a model read from its text predicts the same`() throws {
        let booster = try example.booster(iterations: 20)
        let read = try LightGBMBooster(modelText: booster.modelText())
        #expect(try read.predict(example.features) == booster.predict(example.features))
    }

    @Test func `a model read from its text knows its shape`() throws {
        let read = try LightGBMBooster(modelText: example.booster(iterations: 3).modelText())
        #expect(read.featureNames == ["a", "b", "c", "kind"])
        #expect(read.featureCount == 4 && read.classCount == 1)
        #expect(try read.iterationCount == 3)
    }

    @Test func `a text of fewer iterations is the model of them`() throws {
        let booster = try example.booster(iterations: 10)
        let read = try LightGBMBooster(modelText: booster.modelText(iterations: 4))
        #expect(try read.predict(example.features) == example.booster(iterations: 4).predict(example.features))
    }

    @Test func `a text of no iterations is refused`() throws {
        let booster = try example.booster(iterations: 1)
        #expect(throws: MartletError.self) { try booster.modelText(iterations: 0) }
    }

    @Test(arguments: ["", "hello", "tree\nversion=v4\n"])
    func `a text that is no model is refused`(text: String) throws {
        let error = try #require(throws: MartletError.self) { try LightGBMBooster(modelText: text) }
        #expect(error.code == .corrupt)
    }

    /// Ways to spoil a line.
    enum Damage: CaseIterable {
        case removed, halved, negative, huge, emptied

        func apply(to lines: [String], at position: Int) -> [String] {
            var lines = lines
            switch self {
            case .removed: lines.remove(at: position)
            case .halved: lines[position] = String(lines[position].prefix(lines[position].count / 2))
            case .negative: lines[position] = lines[position].replacing("=", with: "=-9")
            case .huge: lines[position] = lines[position].replacing("=", with: "=99999")
            case .emptied: lines[position] = lines[position].prefix { $0 != "=" } + "="
            }
            return lines
        }
    }

    @Test(arguments: Damage.allCases)
    func `a text with any line damaged is refused, or predicts and does not crash`(damage: Damage) throws {
        let lines = try example.booster(iterations: 2).modelText()
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let end = try #require(lines.firstIndex(of: "end of trees"))
        for position in 0...end {
            let text = damage.apply(to: lines, at: position).joined(separator: "\n")
            do {
                #expect(try LightGBMBooster(modelText: text).predict(example.features).count == 400)
            } catch let error as MartletError {
                #expect(error.code == .corrupt || error.code == .engine)
            }
        }
    }

    @Test func `a text that is cut off is refused wherever it ends`() throws {
        let text = try example.booster(iterations: 2).modelText()
        let trees = try #require(text.range(of: "end of trees\n"))
        let length = text[..<trees.lowerBound].utf8.count
        for count in stride(from: 0, through: length, by: 97) {
            let error = #expect(throws: MartletError.self) {
                try LightGBMBooster(modelText: String(decoding: text.utf8.prefix(count), as: UTF8.self))
            }
            #expect(error?.code == .corrupt)
        }
    }

    @Test func `a model without trees is read`() throws {
        let booster = try LightGBMBooster(modelText: example.booster(iterations: 0).modelText())
        #expect(try booster.iterationCount == 0)
    }

    @Test func `a model with linear leaves is read`() throws {
        let parameters = LightGBMExample.parameters.merging(["linear_tree": "true"]) { $1 }
        let booster = try example.booster(iterations: 4, parameters: parameters)
        let read = try LightGBMBooster(modelText: booster.modelText())
        #expect(try read.predict(example.features) == booster.predict(example.features))
    }

    @Test func `a model that was read cannot be trained`() throws {
        let read = try LightGBMBooster(modelText: example.booster(iterations: 1).modelText())
        let error = try #require(throws: MartletError.self) { try read.update() }
        #expect(error.message.contains("read from its text"))
    }

    @Test func `a wrong number of columns is refused`() throws {
        let booster = try example.booster(iterations: 1)
        let error = try #require(throws: MartletError.self) {
            try booster.predict(Matrix(names: ["a", "b"], elements: [1, 2]))
        }
        #expect(error.code == .invalidInput)
        #expect(error.message.contains("expected 4 columns (a, b, c, kind)"))
    }

    @Test func `elements that do not fill the rows are refused`() throws {
        let booster = try example.booster(iterations: 1)
        #expect(throws: MartletError.self) {
            try [1.0, 2, 3, 4, 5].withUnsafeBufferPointer { try booster.predict($0, columns: 4) }
        }
    }

    @Test func `no rows give no predictions`() throws {
        let booster = try example.booster(iterations: 1)
        #expect(try booster.predict(Matrix(names: example.features.names, elements: [])) == [])
    }

    @Test func `raw scores are on the objective's own scale`() throws {
        let labels = example.target.map { $0 > 2 ? 1.0 : 0.0 }
        let parameters = LightGBMExample.parameters.merging(["objective": "binary", "metric": "auc"]) { $1 }
        let data = try LightGBMDataset(features: example.features, target: labels, parameters: parameters)
        let booster = try LightGBMBooster(training: data, parameters: parameters)
        for _ in 0..<5 { _ = try booster.update() }
        let raw = try booster.predict(example.features, raw: true)
        let probabilities = try booster.predict(example.features)
        // Both are doubles; the logistic function is computed alike up to rounding.
        #expect(zip(raw, probabilities).allSatisfy { abs(1 / (1 + exp(-$0)) - $1) < 1e-12 })
    }

    @Test func `several classes give a probability each`() throws {
        let labels = (0..<400).map { Double($0 % 3) }
        let parameters = LightGBMExample.parameters
            .merging(["objective": "multiclass", "metric": "multi_logloss", "num_class": "3"]) { $1 }
        let data = try LightGBMDataset(features: example.features, target: labels, parameters: parameters)
        let booster = try LightGBMBooster(training: data, parameters: parameters)
        for _ in 0..<3 { _ = try booster.update() }
        let values = try booster.predict(example.features)
        #expect(booster.classCount == 3 && values.count == 1200)
        // Three rounded numbers that sum to one.
        #expect(stride(from: 0, to: 1200, by: 3).allSatisfy { abs(values[$0..<$0 + 3].reduce(0, +) - 1) < 1e-12 })
    }

    @Test func `the features that matter are important`() throws {
        let booster = try example.booster(iterations: 20)
        let gain = try booster.importance(.gain)
        #expect(gain.count == 4 && gain[3] > gain[2])
        #expect(try booster.importance(.split).allSatisfy { $0 == $0.rounded() && $0 >= 0 })
    }

    @Test func `predictions of several tasks agree whatever threads they ask for`() async throws {
        let booster = try example.booster(iterations: 20)
        let expected = try booster.predict(example.features)
        let answers = try await withThrowingTaskGroup(of: [[Double]].self) { group in
            for task in 0..<4 {
                group.addTask {
                    try (0..<20).map { try booster.predict(example.features, threads: 1 + (task + $0) % 3) }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(answers.count == 80 && answers.allSatisfy { $0 == expected })
    }

    @Test func `predictions of another model do not disturb a training`() async throws {
        let quiet = try example.booster(iterations: 30).modelText()
        let other = try example.booster(iterations: 5)
        let disturbed = try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask { try example.booster(iterations: 30).modelText() }
            group.addTask {
                for round in 0..<50 { _ = try other.predict(example.features, threads: 1 + round % 4) }
                return nil
            }
            return try await group.reduce(nil) { $0 ?? $1 }
        }
        #expect(disturbed == quiet)
    }
}
