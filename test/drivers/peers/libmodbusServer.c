/* A device made with libmodbus: `tcp PORT`, or `rtu PATH` at 19200 baud as unit 1. Nothing beyond register 299. */
#include <modbus.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIZE = 300 };

/* By hand: the modbus_set_float_ functions of 3.1.6 do not write the orders that they are named for. */
static void put(uint16_t *words, float value, int lowFirst, int swapped) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  for (int i = 0; i < 2; i++) {
    uint16_t word = (uint16_t)(bits >> (16 * (lowFirst ? i : 1 - i)));
    words[i] = swapped ? (uint16_t)(word << 8 | word >> 8) : word;
  }
}

static modbus_mapping_t *device(void) {
  modbus_mapping_t *map = modbus_mapping_new(SIZE, SIZE, SIZE, SIZE);
  for (int i = 0; i < SIZE; i++) {
    map->tab_registers[i] = (uint16_t)(7 * i + 1);
    map->tab_input_registers[i] = (uint16_t)~(7 * i + 1);
    map->tab_bits[i] = i % 3 == 0;
    map->tab_input_bits[i] = i % 3 != 0;
  }
  put(map->tab_registers + 100, 25.5f, 0, 0);
  put(map->tab_registers + 102, -1.25f, 1, 0);
  put(map->tab_registers + 104, 3.75f, 0, 1);
  put(map->tab_registers + 106, -0.5f, 1, 1);
  return map;
}

static void serve(modbus_t *context, modbus_mapping_t *map) {
  uint8_t query[MODBUS_MAX_ADU_LENGTH];
  for (;;) {
    int length = modbus_receive(context, query);
    if (length > 0) modbus_reply(context, query, length, map);
    else if (length < 0) return;
  }
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  modbus_mapping_t *map = device();
  if (strcmp(arguments[1], "rtu") == 0) {
    modbus_t *context = modbus_new_rtu(arguments[2], 19200, 'N', 8, 1);
    modbus_set_slave(context, 1);
    if (modbus_connect(context) < 0) return 1;
    for (;;) serve(context, map);
  }
  modbus_t *context = modbus_new_tcp("127.0.0.1", atoi(arguments[2]));
  int listener = modbus_tcp_listen(context, 4);
  if (listener < 0) return 1;
  while (modbus_tcp_accept(context, &listener) >= 0) {
    serve(context, map);
    modbus_close(context);
  }
  return 0;
}
