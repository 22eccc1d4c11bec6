import MartletCore
import Testing

@testable import MartletInference

/// Files damaged by chance: none may end the process, and what is read all the same must be a forest that can be run.
@Suite struct ForestFileMutationTests {
    @Test(arguments: 0..<8 as Range<UInt64>)
    func `damaged LightGBM texts are refused or run`(seed: UInt64) throws {
        let model = try RandomLightGBMModel(seed: seed + 40)
        try checkMutations(of: Array(model.text.utf8), seed: seed)
    }

    @Test func `damaged XGBoost models are refused or run`() async throws {
        for (position, model) in try await XGBoostAnswers.make(seeds: 2_000..<2_006).enumerated() {
            try checkMutations(of: model.json, seed: UInt64(position))
            try checkMutations(of: model.ubjson, seed: UInt64(position))
        }
    }

    @Test func `XGBoost models cut off at any byte are refused`() async throws {
        var random = SplitMix64(seed: 7)
        for model in try await XGBoostAnswers.make(seeds: 3_000..<3_003) {
            for bytes in [model.json, model.ubjson] {
                for length in (0..<200).map({ _ in random.index(below: bytes.count) }) + [bytes.count - 1] {
                    #expect(throws: MartletError.self, "\(model.name), \(length) bytes") {
                        try Forest(bytes: Array(bytes.prefix(length)), named: "cut")
                    }
                }
            }
        }
    }

    private func checkMutations(of bytes: [UInt8], seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for number in 0..<400 {
            let mutant = mutated(bytes, &random)
            do {
                let forest = try Forest(bytes: mutant, named: "mutant")
                let broken = forest.trees.compactMap {
                    $0.brokenInvariant(featureCount: forest.featureCount, groupCount: forest.groupCount)
                }
                #expect(broken.isEmpty, "seed \(seed), mutant \(number)")
                _ = ForestReference(forest).predictions([Double](repeating: 1, count: forest.featureCount))
            } catch let error as MartletError {
                #expect([.corrupt, .invalidInput].contains(error.code), "seed \(seed), mutant \(number): \(error)")
            }
        }
    }

    private func mutated(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        for _ in 0...random.index(below: 3) where !bytes.isEmpty {
            let place = random.index(below: bytes.count)
            let end = min(bytes.count, place + 1 + random.index(below: 40))
            switch random.index(below: 7) {
            case 0: bytes[place] ^= 1 << UInt8(random.index(below: 8))
            case 1: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 2: bytes.removeSubrange(place..<end)
            case 3: bytes.insert(contentsOf: bytes[place..<end], at: random.index(below: bytes.count))
            case 4:
                bytes.replaceSubrange(place..<min(end, place + 8), with: [UInt8](repeating: random.unit() < 0.5 ? 0x7F : 0xFF, count: 8))
            case 5:
                // Another digit: still a number, but not the one that belongs there.
                let digits = bytes.indices.filter { (0x30...0x39).contains(bytes[$0]) }
                if !digits.isEmpty { bytes[digits[random.index(below: digits.count)]] = UInt8(0x30 + random.index(below: 10)) }
            default: if random.unit() < 0.2 { bytes.removeLast(bytes.count - place) }
            }
        }
        return bytes
    }
}
