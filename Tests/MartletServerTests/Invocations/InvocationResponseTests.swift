import MartletCore
import Testing

@testable import MartletServer

@Suite struct InvocationResponseTests {
    private func text(_ outputs: Tensor...) throws -> String { String(decoding: try InvocationResponse.body(outputs), as: UTF8.self) }

    @Test func `one number a row stands in one list`() throws {
        let body = try text(Tensor(name: "p", shape: [3], elements: .float64([0.1, -2, .nan])))
        #expect(body == #"{"predictions":[0.1,-2.0,null]}"#)
    }

    @Test func `several numbers a row stand in nested lists`() throws {
        let body = try text(Tensor(name: "p", shape: [2, 1, 2], elements: .float32([0.1, 1e-9, 3, 16_777_216])))
        #expect(body == #"{"predictions":[[[0.1,1e-9]],[[3.0,16777216.0]]]}"#)
    }

    @Test func `empty lists keep their shape`() throws {
        #expect(try text(Tensor(name: "p", shape: [2, 0], elements: .int8([]))) == #"{"predictions":[[],[]]}"#)
    }

    @Test(arguments: [TensorElements.uint8([9, 65]), .int64([9, 65]), .uint16([9, 65])])
    func `integers are written as numbers`(elements: TensorElements) throws {
        #expect(try text(Tensor(name: "p", shape: [2], elements: elements)) == #"{"predictions":[9,65]}"#)
    }

    @Test func `several outputs are an object by name`() throws {
        let label = Tensor(name: "label", shape: [2], elements: .bytes([Array("é\"".utf8), []]))
        let body = try text(label, Tensor(name: "is \"it\"", shape: [2], elements: .bool([true, false])))
        #expect(body == #"{"predictions":{"label":["é\"",""],"is \"it\"":[true,false]}}"#)
    }

    @Test(arguments: [TensorElements.float32([.infinity]), .float64([-.infinity]), .float16([0x7C00]), .bytes([[0xFF]])])
    func `what JSON has no word for is refused`(elements: TensorElements) {
        let tensor = Tensor(name: "p", shape: [1], elements: elements)
        #expect(throws: MartletError.self) { try InvocationResponse.body([tensor]) }
    }

    @Test(arguments: [
        (MartletError(.invalidInput, "why"), 400, #"{"error_code":"BAD_REQUEST","message":"why"}"#),
        (MartletError(.notFound, "why"), 404, #"{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"why"}"#),
        (MartletError(.limitExceeded, "why"), 413, #"{"error_code":"BAD_REQUEST","message":"why"}"#),
        (MartletError(.overloaded, "why"), 429, #"{"error_code":"REQUEST_LIMIT_EXCEEDED","message":"why"}"#),
        (MartletError(.engine, "a secret"), 500, #"{"error_code":"INTERNAL_ERROR","message":"the server failed; its log has the cause"}"#),
    ])
    func `a failure has MLflow's body and status`(error: MartletError, status: Int, body: String) {
        let failure = InvocationResponse.failure(error)
        #expect(failure.status == status)
        #expect(String(decoding: failure.body, as: UTF8.self) == body)
    }
}
