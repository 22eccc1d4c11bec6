import MartletCore
import Testing

@testable import MartletPlatform

@Suite struct InferenceRequestTests {
    private static let card = ModelCard(
        name: "demand", target: "units", features: ["brand", "log_price"], categories: ["brand": ["1", "2"]], view: [:],
        timeKind: "integer", scale: .identity, scaleBy: nil, inputs: [], trees: 1, seed: 1
    )

    private func tensor(_ shape: JSONValue, _ data: JSONValue, _ datatype: JSONValue = "FP64") -> JSONValue {
        ["name": "rows", "shape": shape, "datatype": datatype, "data": data]
    }

    private func column(_ name: String, _ shape: JSONValue, _ data: JSONValue, _ datatype: JSONValue = "FP64")
        -> JSONValue
    {
        ["name": .string(name), "shape": shape, "datatype": datatype, "data": data]
    }

    private func read(_ tensors: JSONValue..., id: JSONValue = nil) throws -> InferenceRequest {
        try InferenceRequest(["id": id, "inputs": .array(tensors)], card: Self.card)
    }

    private func refusal(_ tensors: JSONValue...) -> MartletError? {
        #expect(throws: MartletError.self) { try InferenceRequest(["inputs": .array(tensors)], card: Self.card) }
    }

    private var brand: JSONValue { column("brand", [2], ["1", "2"], "BYTES") }
    private var price: JSONValue { column("log_price", [2], [0.5, 1]) }

    @Test func `one matrix has the features in the card's order`() throws {
        let request = try read(tensor([3, 2], [1, 0.5, 2, 0.25, 1, 0]), id: "mine")
        #expect(request.count == 3)
        #expect(request.id == "mine")
        #expect(
            request.rows == [
                "brand": [.integer(1), .integer(2), .integer(1)], "log_price": [.real(0.5), .real(0.25), .integer(0)],
            ])
    }

    @Test func `a matrix may be nested as its shape says`() throws {
        let nested = try read(tensor([2, 2], [[1, 0.5], [2, 0.25]]))
        let flat = try read(tensor([2, 2], [1, 0.5, 2, 0.25]))
        #expect(nested.rows == flat.rows)
    }

    @Test func `a tensor for each feature may come in any order and as a column`() throws {
        let request = try read(column("log_price", [2, 1], [0.5, 1]), brand)
        #expect(request.count == 2)
        #expect(request.rows == ["brand": [.text("1"), .text("2")], "log_price": [.real(0.5), .integer(1)]])
    }

    @Test func `null is a missing value where the type is of numbers`() throws {
        let request = try read(brand, column("log_price", [2], [nil, 1]))
        #expect(request.rows["log_price"] == [.missing, .integer(1)])
    }

    @Test(arguments: ["FP16", "FP32", "FP64", "INT8", "INT64", "UINT8", "UINT64"])
    func `every datatype of numbers is read`(datatype: String) throws {
        let request = try read(tensor([1, 2], [1, 2], .string(datatype)))
        #expect(request.rows == ["brand": [.integer(1)], "log_price": [.integer(2)]])
    }

    @Test func `no rows are a request`() throws {
        let request = try read(tensor([0, 2], []))
        #expect(request.count == 0)
    }

    // MARK: Refusals

    @Test(
        arguments: [[3, 2], [1, 2], [2, 3], [2], [0, 2], [1_000_000_000, 1_000_000_000, 1_000_000_000]] as [JSONValue])
    func `a shape that its data does not fill is refused`(shape: JSONValue) {
        let error = refusal(tensor(shape, [1, 2, 3, 4]))
        #expect(error?.code == .invalidInput)
        #expect(error?.message.contains("found 4") == true)
    }

    @Test(arguments: [nil, [], "2", [-1, 2], [1.5], ["2"], [2_000_000_000]] as [JSONValue])
    func `a shape that is none is refused`(shape: JSONValue) {
        #expect(
            refusal(tensor(shape, [1, 2]))?.message.hasPrefix(
                "input 'rows': expected a 'shape' of whole numbers, found") == true)
    }

    @Test(arguments: [nil, "FLOAT", "fp64", 64] as [JSONValue]) func `a datatype that is none is refused`(
        datatype: JSONValue
    ) {
        let error = refusal(tensor([1, 2], [1, 2], datatype))
        #expect(error?.message.hasPrefix("input 'rows': expected a 'datatype' of BOOL, BYTES, FP16") == true)
    }

    @Test(
        arguments: [
            ("FP64", "x"), ("INT32", 1.5), ("INT32", nil), ("BYTES", 1), ("BOOL", 1), ("FP32", ["a": 1]),
            ("FP64", true),
        ] as [(String, JSONValue)])
    func `a value that is not of its datatype is refused with its position`(datatype: String, value: JSONValue) {
        let first: JSONValue = ["BYTES": "a", "BOOL": true][datatype] ?? 1
        let error = refusal(tensor([1, 2], [first, value], .string(datatype)))
        #expect(
            error?.message == "input 'rows': expected \(datatype) values, found \(value.canonicalText) at position 1")
    }

    @Test func `a text for a feature of numbers is refused instead of being taken for a missing value`() {
        let error = refusal(brand, column("log_price", [2], ["cheap", "dear"], "BYTES"))
        #expect(error?.code == .invalidInput)
        #expect(error?.message == "input 'log_price': expected numbers, found 'cheap' in row 1")
    }

    @Test func `a feature that stands twice is refused`() {
        #expect(refusal(brand, brand, price)?.message == "input 'brand' stands in the request twice; remove one")
    }

    @Test func `a feature that is missing is named`() {
        #expect(
            refusal(brand)?.message == "the request lacks the inputs log_price; send null where a value is missing"
        )
    }

    @Test func `an unknown feature gets the nearest name`() {
        #expect(
            refusal(column("log_prize", [1], [1]))?.message
                == "model 'demand' has no input 'log_prize'; did you mean 'log_price'? Expected one tensor of shape [rows, 2] or one for each of brand, log_price"
        )
    }

    @Test func `an unknown feature without any near name reads as one sentence`() {
        #expect(
            refusal(column("zebra", [1], [1]))?.message
                == "model 'demand' has no input 'zebra'. Expected one tensor of shape [rows, 2] or one for each of brand, log_price"
        )
    }

    @Test func `features of different lengths are refused`() {
        #expect(
            refusal(brand, column("log_price", [1], [1]))?.message
                == "the inputs differ in their number of rows: [1, 2]")
    }

    @Test func `a feature of a deeper shape is refused`() {
        let error = refusal(brand, column("log_price", [1, 2], [1, 2]))
        #expect(error?.message == "input 'log_price': expected the shape [rows] or [rows, 1], found [1, 2]")
    }

    @Test(arguments: [[:], ["inputs": []], ["inputs": 3], [], ["inputs": [[:]]]] as [JSONValue])
    func `a body without tensors is refused`(body: JSONValue) {
        let error = #expect(throws: MartletError.self) { try InferenceRequest(body, card: Self.card) }
        #expect(error?.code == .invalidInput)
    }

    @Test func `as many rows as the limit are read, and one more is refused`() throws {
        func request(_ count: Int) throws -> InferenceRequest {
            try read(tensor([.integer(Int64(count)), 2], .array(Array(repeating: 1, count: 2 * count))))
        }
        let most = try request(InferenceRequest.rowCountMax)
        let error = #expect(throws: MartletError.self) { try request(InferenceRequest.rowCountMax + 1) }
        #expect(most.count == InferenceRequest.rowCountMax)
        #expect(error?.code == .limitExceeded)
    }
}
