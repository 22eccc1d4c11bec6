#if GRPC
import Foundation
import GRPCCore
import MartletCore
import MartletGRPC
import MartletInference
import MartletTesting
import SwiftProtobuf
import Testing

@Suite struct InferenceCallTests {
    private static func raw(_ numbers: [Float]) -> Data { numbers.withUnsafeBytes { Data($0) } }

    @Test func `an answer has raw outputs beside their shapes`() async throws {
        try await TestServer.with { server in
            let request = Inference_ModelInferRequest.with {
                ($0.modelName, $0.id) = ("numbers", "seven")
                $0.inputs = [.with { ($0.name, $0.datatype, $0.shape) = ("x", "FP32", [1, 2]) }]
                $0.rawInputContents = [Self.raw([0.5, .nan])]
            }
            let response = try await server.infer(request)
            #expect(response.modelName == "numbers")
            #expect(response.modelVersion == "1")
            #expect(response.id == "seven")
            #expect(response.outputs == [.with { ($0.name, $0.datatype, $0.shape) = ("mirrored x", "FP32", [1, 2]) }])
            #expect(response.rawOutputContents == request.rawInputContents)
        }
    }

    @Test func `every datatype goes there and back`() async throws {
        try await TestServer.with { server in
            let datatypes = TensorDatatype.allCases
            let request = Inference_ModelInferRequest.with {
                $0.modelName = "mirror"
                $0.inputs = datatypes.map { datatype in
                    .with { ($0.name, $0.datatype, $0.shape) = (datatype.rawValue, datatype.rawValue, [1, 2]) }
                }
                $0.rawInputContents = datatypes.map { datatype in
                    datatype.sizeBytes.map { Data(repeating: 1, count: 2 * $0) } ?? Data([1, 0, 0, 0, 65, 0, 0, 0, 0])
                }
            }
            let response = try await server.infer(request)
            #expect(response.outputs.map(\.datatype) == datatypes.map(\.rawValue))
            #expect(response.rawOutputContents == request.rawInputContents)
        }
    }

    @Test func `only the outputs that are asked for come, in that order`() async throws {
        try await TestServer.with { server in
            var request = Inference_ModelInferRequest.with {
                $0.modelName = "mirror"
                $0.inputs = TensorDatatype.allCases.map { datatype in
                    .with { ($0.name, $0.datatype, $0.shape) = (datatype.rawValue, datatype.rawValue, [1, 2]) }
                }
                $0.rawInputContents = TensorDatatype.allCases.map { Data(count: 2 * ($0.sizeBytes ?? 4)) }
            }
            request.outputs = [.with { $0.name = "mirrored INT8" }, .with { $0.name = "mirrored FP64" }]
            let response = try await server.infer(request)
            #expect(response.outputs.map(\.datatype) == ["INT8", "FP64"])
        }
    }

    @Test func `classes are made of numbers where they are asked for`() async throws {
        try await TestServer.with { server in
            var request = Inference_ModelInferRequest.numbers([[0.25, 0.75]])
            request.outputs = [.with { ($0.name, $0.parameters) = ("mirrored x", ["classification": .with { $0.int64Param = 1 }]) }]
            let response = try await server.infer(request)
            #expect(response.outputs.first?.datatype == "BYTES")
            #expect(response.rawOutputContents == [Data([6, 0, 0, 0]) + Data("0.75:1".utf8)])
        }
    }

    @Test(
        arguments: [
            ("nobody", [[1, 2]], RPCError.Code.notFound, "there is no model 'nobody'"),
            ("number", [[1, 2]], .notFound, "did you mean 'numbers'?"),
            ("idle", [[1, 2]], .unavailable, "not ready"),
            ("mirror", [[1, 2]], .invalidArgument, "no input 'x'"),
            ("numbers", [], .invalidArgument, "at least one row"),
        ] as [(String, [[Double]], RPCError.Code, String)])
    func `a request that does not fit is refused`(_ model: String, _ rows: [[Double]], _ code: RPCError.Code, _ reason: String) async throws
    {
        try await TestServer.with { server in
            let error = await #expect(throws: RPCError.self) { _ = try await server.infer(.numbers(rows, to: model)) }
            #expect(error?.code == code)
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        }
    }

    @Test func `a wrong shape, a lying length and an unknown output are refused`() async throws {
        try await TestServer.with { server in
            var wide = Inference_ModelInferRequest.numbers([[1, 2]])
            wide.inputs[0].shape = [2, 1]
            var short = Inference_ModelInferRequest.numbers([[1, 2]])
            short.inputs[0].clearContents()
            short.rawInputContents = [Data(count: 15)]
            var unknown = Inference_ModelInferRequest.numbers([[1, 2]])
            unknown.outputs = [.with { $0.name = "y" }]
            for request in [wide, short, unknown] {
                let error = await #expect(throws: RPCError.self) { _ = try await server.infer(request) }
                #expect(error?.code == .invalidArgument)
            }
        }
    }

    @Test func `a stream answers each request in its turn, and goes on after an error`() async throws {
        try await TestServer.with { server in
            var requests = [Inference_ModelInferRequest.numbers([[1, 2]]), .numbers([[3, 4]], to: "nobody"), .numbers([[5, 6]])]
            for index in requests.indices { requests[index].id = "\(index)" }
            let answers = try await server.stream(requests)
            #expect(answers.map(\.inferResponse.id) == ["0", "1", "2"])
            #expect(answers.map(\.errorMessage.isEmpty) == [true, false, true])
            #expect(answers.allSatisfy { $0.inferResponse.parameters["triton_final_response"]?.boolParam == true })
        }
    }

    // MARK: Waiting

    /// One batch at a time, and requests that join.
    private static var policy: BatchingPolicy {
        var policy = BatchingPolicy(objectiveSeconds: 3_600, rowCountMax: 64)
        policy.runnerCount = 1
        return policy
    }

    @Test func `a request that waits longer than its timeout is given up`() async throws {
        let gate = Gate()
        try await TestServer.with(["busy": .gated(gate)], policy: Self.policy) { server in
            defer { gate.open() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await server.infer(.numbers([[1, 2]], to: "busy")) }
                while gate.waitingCount == 0 { await Task.yield() }
                var late = Inference_ModelInferRequest.numbers([[3, 4]], to: "busy")
                late.parameters["timeout"] = .with { $0.int64Param = 300_000 }
                let request = late
                let error = await #expect(throws: RPCError.self) { _ = try await server.infer(request) }
                #expect(error?.code == .deadlineExceeded)
                gate.open()
                try await group.waitForAll()
            }
        }
    }

    @Test func `a call whose deadline passes leaves the queue, and says so`() async throws {
        let gate = Gate()
        try await TestServer.with(["busy": .gated(gate)], policy: Self.policy) { server in
            defer { gate.open() }
            let batcher = try #require(try server.repository.model("busy").batcher)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await server.infer(.numbers([[1, 2]], to: "busy")) }
                while gate.waitingCount == 0 { await Task.yield() }
                let error = await #expect(throws: RPCError.self) {
                    _ = try await server.infer(.numbers([[3, 4]], to: "busy"), metadata: ["grpc-timeout": "300m"])
                }
                #expect(error?.code == .deadlineExceeded)
                #expect(batcher.statistics.waitingRequestCount == 0)
                gate.open()
                try await group.waitForAll()
            }
        }
    }

    @Test func `a call whose client went away leaves the queue`() async throws {
        let gate = Gate()
        try await TestServer.with(["busy": .gated(gate)], policy: Self.policy) { server in
            defer { gate.open() }
            let batcher = try #require(try server.repository.model("busy").batcher)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await server.infer(.numbers([[1, 2]], to: "busy")) }
                while gate.waitingCount == 0 { await Task.yield() }
                let impatient = Task { _ = try? await server.infer(.numbers([[3, 4]], to: "busy")) }
                while batcher.statistics.waitingRequestCount == 0 { await Task.yield() }
                impatient.cancel()
                while batcher.statistics.cancelledCount == 0 { await Task.yield() }
                #expect(batcher.statistics.waitingRequestCount == 0)
                gate.open()
                try await group.waitForAll()
            }
        }
    }

    @Test func `more requests at once than may be are refused`() async throws {
        let gate = Gate()
        var configuration = GRPCServerConfiguration()
        configuration.callCountMax = 1
        try await TestServer.with(["busy": .gated(gate)], policy: Self.policy, configuration: configuration) { server in
            defer { gate.open() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await server.infer(.numbers([[1, 2]], to: "busy")) }
                while gate.waitingCount == 0 { await Task.yield() }
                let error = await #expect(throws: RPCError.self) { _ = try await server.infer(.numbers([[3, 4]], to: "busy")) }
                #expect(error?.code == .resourceExhausted)
                #expect(error?.message.contains("1 inference requests are under way") == true)
                gate.open()
                try await group.waitForAll()
            }
        }
    }
}
#endif
