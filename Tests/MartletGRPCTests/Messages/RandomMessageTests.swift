#if GRPC
import Foundation
import GRPCCore
import MartletCore
import MartletServer
import SwiftProtobuf
import Testing

@testable import MartletGRPC

/// Messages as a broken or hostile client may send them.
@Suite struct RandomMessageTests {
    private static func message(_ random: inout SplitMix64) -> Inference_ModelInferRequest {
        .with {
            ($0.modelName, $0.id) = ("numbers", "seven")
            $0.parameters = ["timeout": .with { $0.int64Param = 5 }, "color": .with { $0.stringParam = "red" }]
            $0.inputs = [.with { ($0.name, $0.datatype, $0.shape) = ("x", "FP32", [2, 2]) }, .with { ($0.name, $0.shape) = ("y", [1]) }]
            $0.outputs = [.with { $0.name = "z" }]
            guard random.index(below: 2) == 0 else {
                $0.inputs[1].datatype = "BYTES"
                $0.rawInputContents = [Data(repeating: 7, count: 16), Data([1, 0, 0, 0, 65])]
                return
            }
            $0.inputs[1].datatype = "INT8"
            $0.inputs[0].contents.fp32Contents = [1, 2, 3, 4]
            $0.inputs[1].contents.intContents = [5]
        }
    }

    /// Changes, removes or repeats some bytes.
    private static func broken(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        for _ in 0...random.index(below: 4) where !bytes.isEmpty {
            let place = random.index(below: bytes.count)
            switch random.index(below: 4) {
            case 0: bytes[place] = UInt8(random.index(below: 256))
            case 1: bytes[place] ^= 1 << UInt8(random.index(below: 8))
            case 2: bytes.remove(at: place)
            default: bytes.insert(contentsOf: bytes[place..<min(place + 9, bytes.count)], at: place)
            }
        }
        return bytes
    }

    @Test func `a broken message is refused, or its tensors are whole`() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix64(seed: seed)
        var readCount = 0
        for round in 0..<20_000 {
            let bytes = Self.broken(try Self.message(&random).serializedBytes(), &random)
            // What is no message at all is refused before it is read.
            guard let message = try? Inference_ModelInferRequest(serializedBytes: bytes) else { continue }
            do {
                let request = try InferMessageReader(message: message, limits: .init()).request()
                readCount += 1
                for input in request.inputs {
                    #expect(input.elements.count == input.shape.reduce(1, *), "seed \(seed), round \(round)")
                }
            } catch let error as MartletError {
                #expect(error.code == .invalidInput, "seed \(seed), round \(round): \(error)")
            } catch let error as RPCError {
                #expect(error.code == .unimplemented, "seed \(seed), round \(round): \(error)")
            }
        }
        #expect(readCount > 0, "seed \(seed)")
    }
}
#endif
