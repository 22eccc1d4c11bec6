#if GRPC
import GRPCCore

/// The calls of Triton's service that Martlet does not answer: each says why.
struct UnsupportedCalls: RegistrableRPCService {
    private static let sharedMemory = "tensors in shared memory are not taken; send them in the message"
    /// By name.
    static let reasons = [
        "SystemSharedMemoryStatus": sharedMemory, "SystemSharedMemoryRegister": sharedMemory, "SystemSharedMemoryUnregister": sharedMemory,
        "CudaSharedMemoryStatus": sharedMemory, "CudaSharedMemoryRegister": sharedMemory, "CudaSharedMemoryUnregister": sharedMemory,
        "TraceSetting": "there are no traces to set",
        "LogSettings": "logging is set when the server starts",
    ]

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        for (method, reason) in Self.reasons {
            router.registerHandler(
                forMethod: MethodDescriptor(fullyQualifiedService: "inference.GRPCInferenceService", method: method),
                deserializer: Nothing(), serializer: Nothing()
            ) { (_: StreamingServerRequest<Void>, _) -> StreamingServerResponse<Void> in
                throw RPCError(code: .unimplemented, message: "\(method): \(reason)")
            }
        }
    }

    /// Messages that nobody reads.
    private struct Nothing: MessageSerializer, MessageDeserializer {
        func serialize<Bytes: GRPCContiguousBytes>(_ message: Void) -> Bytes { Bytes([]) }
        func deserialize<Bytes: GRPCContiguousBytes>(_ serializedMessageBytes: Bytes) {}
    }
}
#endif
