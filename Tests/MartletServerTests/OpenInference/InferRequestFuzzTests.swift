import MartletCore
import MartletServer
import Testing

@Suite struct InferRequestFuzzTests {
    private struct Mutator {
        var random: SplitMix64

        private static let words = [
            "[", "]", "{", "}", ",", ":", "\"", "\\", "-", ".", "e9", "0", "1e400", "9999999999999999999", "null", "NaN", "true", "\\ud800",
            "\"shape\":[9999999999]", "\"binary_data_size\":8", "\u{0}", " ", "BYTES", "FP64", "INT8", "\"data\":[", "\"name\":\"x0\",",
        ].map { Array($0.utf8) }

        /// A body with a few places changed, cut or doubled. - Parameter other: where pieces are taken from.
        mutating func mutated(_ body: [UInt8], _ other: [UInt8]) -> [UInt8] {
            var bytes = body
            for _ in 0...random.index(below: 3) {
                let place = random.index(below: bytes.count + 1)
                let end = min(bytes.count, place + random.index(below: 12))
                switch random.index(below: 9) {
                case 0: bytes.removeSubrange(place..<end)
                case 1: bytes.insert(contentsOf: bytes[place..<end], at: random.index(below: bytes.count + 1))
                case 2: bytes.replaceSubrange(place..<end, with: Self.words[random.index(below: Self.words.count)])
                case 3: bytes.insert(contentsOf: Self.words[random.index(below: Self.words.count)], at: place)
                case 4: bytes = Array(bytes[..<place] + other[min(place, other.count)...])
                case 5: bytes.removeSubrange(place...)
                case 6, 7: changeDigit(after: place, &bytes)
                default: if place < bytes.count { bytes[place] = UInt8(truncatingIfNeeded: random.next()) }
                }
            }
            return bytes
        }

        /// What is likely to be well formed afterwards, and to say something else.
        private mutating func changeDigit(after place: Int, _ bytes: inout [UInt8]) {
            let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
            guard let digit = bytes[place...].firstIndex(where: digits.contains) else { return }
            bytes[digit] = digits.lowerBound + UInt8(random.index(below: digits.count))
        }
    }

    /// Bodies of all kinds, with where their JSON ends.
    private func bodies() -> [(bytes: [UInt8], jsonSize: Int?)] {
        (UInt64(0)..<60).map { seed in
            var generator = TensorGenerator(seed: seed)
            var writer = RequestWriter(seed: seed)
            return writer.body(generator.tensors(1 + generator.random.index(below: 3))) { ($0 + Int(seed)) % 3 == 0 }
        }
    }

    @Test func `mutated bodies are read or refused, and what is read is no larger than they are`() throws {
        let bodies = bodies()
        var readCount = 0
        for seed in UInt64(0)..<30_000 {
            var mutator = Mutator(random: SplitMix64(seed: seed))
            let (bytes, jsonSize) = bodies[mutator.random.index(below: bodies.count)]
            let body = mutator.mutated(bytes, bodies[mutator.random.index(below: bodies.count)].bytes)
            // Mostly the header follows what happened to the body.
            let moved = jsonSize.map { mutator.random.index(below: 4) == 0 ? $0 : max(0, $0 + body.count - bytes.count) }
            do {
                let request = try InferRequestDecoder().decode(body, jsonSizeBytes: moved)
                readCount += 1
                for input in request.inputs {
                    #expect(input.shape.reduce(1, *) == input.elements.count, "seed \(seed)")
                    #expect(input.elements.count <= body.count, "seed \(seed)")
                }
            } catch let error as MartletError {
                #expect(error.code == .invalidInput, "seed \(seed)")
                #expect(error.message.utf8.count < 1_000, "seed \(seed): \(error.message)")
            }
        }
        #expect(readCount > 1_000, "\(readCount): mutations that leave nothing to read find nothing")
    }

    @Test func `every beginning of a body is refused`() throws {
        for (bytes, jsonSize) in bodies().prefix(20) where jsonSize == nil {
            let end = try #require(bytes.lastIndex(of: UInt8(ascii: "}")))
            for count in 0...end {
                #expect(throws: MartletError.self, "\(count) bytes") { try InferRequestDecoder().decode(Array(bytes[..<count])) }
            }
        }
    }

    @Test func `random bytes are refused`() {
        for seed in UInt64(0)..<3_000 {
            var random = SplitMix64(seed: seed)
            let bytes = (0..<random.index(below: 200)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let jsonSize = random.next() & 1 == 0 ? nil : random.index(below: 300)
            #expect(throws: MartletError.self, "seed \(seed)") { try InferRequestDecoder().decode(bytes, jsonSizeBytes: jsonSize) }
        }
    }
}
