"""Reads holding registers with pymodbus: PORT UNIT ADDRESS COUNT. Prints them, or the exception code, as JSON."""
import json
import sys

from pymodbus.client import ModbusTcpClient

port, unit, address, count = map(int, sys.argv[1:5])
client = ModbusTcpClient("127.0.0.1", port=port)
client.connect()
answer = client.read_holding_registers(address, count, slave=unit)
print(json.dumps({"exception": answer.exception_code} if answer.isError() else {"registers": answer.registers}))
client.close()
